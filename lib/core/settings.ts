import * as v from "valibot";
import { Id } from "./connection.ts";
import { AccountSelector, RoleName } from "./role.ts";

const Seconds = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const HttpsUrl = v.pipe(v.string(), v.url(), v.maxLength(2048));

/** What in a change deserves a look before it is published. */
const Weighty = v.strictObject({
  /** Accounts where these roles weigh most. */
  accounts: v.optional(v.array(AccountSelector), ["ou:/prod/**", "tag:env=prod"]),
  roles: v.optional(v.array(RoleName), ["Admin", "Administrator", "AdministratorAccess"]),
  /** More people than this who gain something are many. */
  people: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 25),
});

/** Settings of the whole broker. There is at most one; every field has a default. */
export const Settings = v.strictObject({
  kind: v.literal("Settings"),
  /** What people see as the organization. */
  organization: v.optional(v.pipe(v.string(), v.maxLength(60)), ""),
  /** Whom refused people should ask: shown, never linked to unless it is an https or mailto URL. */
  contact: v.optional(v.pipe(v.string(), v.maxLength(256)), "your platform team"),
  /** How long a browser session lasts. */
  sessionSeconds: v.optional(Seconds(900, 86_400), 28_800),
  /** How long a person's token lasts. */
  tokenSeconds: v.optional(Seconds(900, 43_200), 28_800),
  /** Bases of the vendors' APIs for group look-ups (decision 12). */
  graph: v.optional(HttpsUrl, "https://graph.microsoft.com"),
  entraLogin: v.optional(HttpsUrl, "https://login.microsoftonline.com"),
  googleDirectory: v.optional(HttpsUrl, "https://admin.googleapis.com"),
  googleToken: v.optional(HttpsUrl, "https://oauth2.googleapis.com/token"),
  /** Ranges of addresses by the names that rules call them. */
  networks: v.optional(v.record(Id, v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(256))), {}),
  /** Kinds whose changes a second person must agree to, and how long they may take. The switch itself takes two. */
  twoPerson: v.exactOptional(
    v.strictObject({
      kinds: v.pipe(
        v.array(
          v.picklist(["Connection", "Account", "Role", "Rule", "Scope", "Test", "Invariant", "Settings"]),
        ),
        v.minLength(1),
      ),
      expiresSeconds: v.optional(Seconds(600, 604_800), 86_400),
      /** Connections by which whoever agrees must come; where absent, the one by which whoever proposed came. */
      approvers: v.exactOptional(v.pipe(v.array(Id), v.minLength(1), v.maxLength(20))),
    }),
  ),
  /** How long audit events and the names of people are kept. */
  auditRetentionDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3653)), 400),
  /**
   * What people are told of rules that could give them a role they ask about: the terms, that there are such rules and
   * what kind of thing is missing, or nothing but what they have.
   */
  explain: v.optional(v.picklist(["terms", "named", "off"]), "terms"),
  /** How long it is remembered what was last proven of a person, for saying whom a change of rules would concern. */
  seenDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(400)), 90),
  /** Whether an invariant that could neither be shown to hold nor to fail lets something be published. */
  undecided: v.optional(v.picklist(["blocks", "warns"]), "blocks"),
  /** What a plan points out among those who would gain and lose. */
  weighty: v.optional(Weighty, {}),
});
export type Settings = v.InferOutput<typeof Settings>;

export const DEFAULT_SETTINGS: Settings = v.parse(Settings, { kind: "Settings" });
