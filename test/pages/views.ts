import { approveCliPage } from "../../functions/pages/approve-cli.ts";
import { choosePage } from "../../functions/pages/choose.ts";
import { confirmPage } from "../../functions/pages/confirm.ts";
import { continuePage } from "../../functions/pages/continue.ts";
import { credentialsPage } from "../../functions/pages/credentials.ts";
import { emptyPage } from "../../functions/pages/empty.ts";
import { refusalPage } from "../../functions/pages/refusal.ts";
import { signedOutPage } from "../../functions/pages/signed-out.ts";
import type { RoleRow } from "../../functions/pages/view.ts";
import { whyPage } from "../../functions/pages/why.ts";
import type { Language } from "../../lib/core/messages/words.ts";
import { REGISTER } from "./register-views.ts";
import { AT, plainly, rowsOf, type Say, who } from "./view-things.ts";

const CONNECTIONS = [
  { id: "okta", title: "Okta" },
  { id: "entra", title: "Entra ID" },
  { id: "google", title: "Google" },
];
const connections = (say: Say) => CONNECTIONS.map(({ id, title }) => ({ id, title: say(title) }));
const seen = (say: Say) => ({
  groups: Array.from({ length: 12 }, (_, place) => say(`group-${place}`)),
  groupsUnknown: false,
  mfa: "no" as const,
  notes: [say("groups_lookup_failed")],
});
const keys = (say: Say) => ({
  accessKeyId: say("ASIAEXAMPLE7Q2M4T"),
  secretAccessKey: say("sEcReT/Zz+0"),
  sessionToken: say(`IQoJb3JpZ2luX2VjE${"Aa/+9".repeat(120)}==`),
  expiresAt: AT + 3600,
  region: say("ap-northeast-1"),
});
const row = (say: Say): RoleRow => ({
  ...(rowsOf(1, say)[0] as RoleRow),
  role: say("Admin"),
});
const slip = (language: Language, say: Say) => ({
  language,
  path: "/credentials?account=111111111111&role=Admin",
  who: who(say),
  row: row(say),
  csrf: say("csrf-token"),
  scopes: [{ id: "s3-read", description: say("Read one bucket") }, { id: say("billing") }],
  brokerUrl: "https://broker.example.com",
});

/** Every page there is, in every state that looks different, by a name that serves as its address. */
export const PAGES: Readonly<Record<string, (language: Language, say?: Say) => string>> = {
  signin: (language, say = plainly) =>
    choosePage({
      language,
      path: "/signin?to=%2Fconsole%3Faccount%3D1",
      connections: connections(say),
      to: "/console?account=111111111111&role=Admin",
      usedLast: "okta",
      organization: say(""),
      contact: say("your platform team"),
    }),
  "signin-none": (language, say = plainly) =>
    choosePage({
      language,
      path: "/signin",
      connections: [],
      to: "/",
      organization: say("Example Corp"),
      contact: say("https://help.example.com/aws"),
    }),
  onward: (language, say = plainly) =>
    continuePage({
      language,
      path: "/signin/okta",
      action: "https://okta.example.com/sso?a=1&b=2",
      privateHosts: [],
      fields: { SAMLRequest: say("PHNhbWw+"), RelayState: say("rs") },
      title: say("Okta"),
    }),
  ...REGISTER,
  empty: (language, say = plainly) =>
    emptyPage({
      language,
      path: "/",
      csrf: say("csrf-token"),
      who: { ...who(say), name: say("outsider") },
      seen: { groupsUnknown: false, mfa: "yes", notes: [] },
      contact: say("your platform team"),
      reference: say("01JD8KB77Z0000000000000000"),
      nearest: { rule: say("everyone-sandbox"), wants: say("groups exists") },
    }),
  refusal: (language, say = plainly) =>
    refusalPage({
      language,
      path: "/console?account=111111111111&role=Admin",
      code: "role_not_granted",
      status: 403,
      what: say(
        language === "ja" ? "このロールを与えるルールがありません。" : "No rule grants you this role.",
      ),
      reference: say("01JD8K4T2W0000000000000000"),
      who: who(say),
      about: {
        accountId: "111111111111",
        accountName: say("prod"),
        env: "prod",
        envLabel: say("prod"),
        role: say("Admin"),
        rule: say("sre-prod"),
        connection: say("Okta"),
      },
      seen: seen(say),
      contact: say("your platform team"),
      next: {
        label: say(language === "ja" ? "サインインし直す" : "Sign in again"),
        href: "/signin?to=%2Fconsole",
      },
    }),
  "refusal-aws": (language, say = plainly) =>
    refusalPage({
      language,
      path: "/console?account=111111111111&role=Admin",
      code: "aws_tag_session_denied",
      status: 502,
      what: say("AWS refused the session. The role's trust policy lacks sts:TagSession."),
      reference: say("01JD8K4T2W0000000000000000"),
      who: who(say),
      about: {
        accountId: "111111111111",
        accountName: say("prod"),
        role: say("Admin"),
        scope: say("s3-read"),
        hint: say("Add sts:TagSession to the trust policy of sekisho-Admin in 111111111111."),
      },
      contact: say("https://help.example.com/aws"),
      next: { label: say("All my roles"), href: "/" },
      raw: say("AccessDenied: Not authorized to perform sts:TagSession"),
    }),
  "refusal-stranger": (language, say = plainly) =>
    refusalPage({
      language,
      path: "/",
      code: "saml_audience_mismatch",
      status: 403,
      what: say("The sign-in could not be verified."),
      reference: say("01JD8K4T2W0000000000000000"),
      about: {},
      contact: say("your platform team"),
      next: { label: say("Sign in again"), href: "/signin" },
    }),
  why: (language, say = plainly) =>
    whyPage({
      language,
      path: "/why?account=prod&role=Admin",
      who: who(say),
      given: false,
      text: {
        headline: say("Admin @ prod (111111111111): not granted."),
        nearest: say("Nearest is rule sre-prod: one group away: `sre`."),
        next: [say("Ask your platform team to be given what is missing.")],
        rules: [
          {
            title: say("Rule sre-prod (allow) does not apply"),
            terms: [
              { truth: "false", text: say("whose groups include sre") },
              { truth: "true", text: say("who used a second factor") },
              { truth: "unknown", text: say("whose costCenter is 4711: could not be looked up") },
            ],
          },
        ],
        claims: [say("groups: dev, all-employees"), say("mfa: yes")],
      },
    }),
  confirm: (language, say = plainly) =>
    confirmPage({
      language,
      path: "/console?account=111111111111&role=Admin",
      who: who(say),
      accountId: "111111111111",
      accountName: say("prod"),
      env: "prod",
      envLabel: say("prod"),
      role: say("Admin"),
      destination: say(
        "https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1#logsV2:log-groups",
      ),
      continueHref: "/console?account=111111111111&role=Admin&seal=abc",
    }),
  credentials: (language, say = plainly) => credentialsPage({ ...slip(language, say), shown: false }),
  "credentials-masked": (language, say = plainly) =>
    credentialsPage({ ...slip(language, say), issued: { ...keys(say), form: "profile" }, shown: false }),
  "credentials-shown": (language, say = plainly) =>
    credentialsPage({
      ...slip(language, say),
      issued: { ...keys(say), form: "env" },
      shown: true,
      asked: { durationSeconds: 900, scope: "s3-read" },
    }),
  "credentials-json": (language, say = plainly) =>
    credentialsPage({ ...slip(language, say), issued: { ...keys(say), form: "json" }, shown: true }),
  approve: (language, say = plainly) =>
    approveCliPage({
      language,
      path: "/login",
      who: who(say),
      purpose: "credentials",
      port: 40_123,
      approveHref: "/login/approve?ticket=abc",
      denyHref: "/login/deny?ticket=abc",
    }),
  "approve-api": (language, say = plainly) =>
    approveCliPage({
      language,
      path: "/login",
      who: who(say),
      purpose: "api",
      port: 40_123,
      approveHref: "/login/approve?ticket=abc",
      denyHref: "/login/deny?ticket=abc",
    }),
  "signed-out": (language, say = plainly) =>
    signedOutPage({ language, path: "/signout", connections: connections(say) }),
};
