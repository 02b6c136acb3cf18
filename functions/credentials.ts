import * as v from "valibot";
import { isRefusal, Refusal } from "../lib/core/errors.ts";
import type { Narrowing } from "../lib/core/issue.ts";
import { PROGRAM_LIMITS } from "../lib/core/limits.ts";
import { AccountId, RoleName } from "../lib/core/role.ts";
import { toInstant } from "../lib/core/time.ts";
import { sessionBearer, tokenBearer } from "../lib/flows/bearer.ts";
import { admitProgram, getRoleCredentials } from "../lib/flows/get-role-credentials.ts";
import { listRoles } from "../lib/flows/list-roles.ts";
import { openBase, openIssuer, openWayOut } from "../lib/flows/open.ts";
import { openConsole, previewConsole } from "../lib/flows/open-console.ts";
import { isSealed, sealPath } from "../lib/flows/targets.ts";
import { credentialsView, KeysForm, wantedRow } from "./credentials-view.ts";
import { containerFault } from "./faults.ts";
import { type At, type Event, form, http, input, jsonBody, once, query, routes } from "./middleware.ts";
import { pageFault } from "./page-fault.ts";
import { confirmPage } from "./pages/confirm.ts";
import { credentialsPage } from "./pages/credentials.ts";
import { emptyPage } from "./pages/empty.ts";
import { rolesPage } from "./pages/roles.ts";
import { json, page, type Reply, readSessionCookie, redirect } from "./respond.ts";
import { envOf, placeRow, rowsOf } from "./rows.ts";
import { Narrow, RoleAddress } from "./shapes.ts";
import {
  checkCsrf,
  csrfOf,
  languageCookies,
  languageOf,
  openedFromOwnPage,
  pathOf,
  seenOf,
  whoIs,
} from "./visitor.ts";

const broker = once(() => {
  const base = openBase(process.env);
  return { ...base, ...openWayOut(base), ...openIssuer(base) };
});

const fault = pageFault(() => broker());

/** Who is signed in here. Nobody goes to sign in and comes back; a page never shows a bare 401. */
async function visitor(event: Event) {
  const secret = readSessionCookie(event.cookies);
  const bearer = await sessionBearer(broker(), secret);
  return { bearer, secret: secret ?? "" };
}

/** A page that sends whoever is not signed in to sign in and back here. */
const forPeople = (handle: (event: Event, at: Parameters<Parameters<typeof http>[0]>[1]) => Promise<Reply>) =>
  http(async (event, at) => {
    try {
      return await handle(event, at);
    } catch (thrown) {
      const nobody = isRefusal(thrown, "session_required") || isRefusal(thrown, "session_expired");
      if (!nobody || event.requestContext.http.method !== "GET") throw thrown;
      return redirect(`/signin?${new URLSearchParams({ to: pathOf(event) })}`, languageCookies(event));
    }
  }, fault);

const Register = v.object({
  q: v.optional(v.pipe(v.string(), v.maxLength(200))),
  page: v.optional(v.string()),
});

/** `GET /`: the register of roles. */
const register = forPeople(async (event, at) => {
  const { q, page: number } = input(Register, query(event));
  const { bearer, secret } = await visitor(event);
  const { roles, askable, decision, world } = await listRoles(broker(), bearer, at.sourceIp);
  const { organization, contact } = world.settings;
  const common = {
    language: languageOf(event),
    path: pathOf(event),
    who: whoIs(bearer, world),
    contact,
    csrf: csrfOf(secret),
  };
  const admin = decision.broker.includes("admin");
  const cookies = languageCookies(event);
  if (roles.length + askable.length === 0) {
    const signInHref = `/signin/${bearer.identity.connection}`;
    const seen = seenOf(bearer.identity);
    const told = world.settings.explain === "terms" ? nearest(decision) : {};
    return page(emptyPage({ ...common, seen, reference: at.reference, signInHref, ...told }), {
      cookies,
    });
  }
  const rows = rowsOf(roles);
  const mayAsk = askable.map(placeRow);
  const notes = [...bearer.identity.notes];
  const asked = {
    ...(q ? { filter: q } : {}),
    ...(number ? { page: Math.max(1, Number.parseInt(number, 10) || 1) } : {}),
  };
  return page(rolesPage({ ...common, rows, askable: mayAsk, admin, organization, notes, ...asked }), {
    cookies,
  });
});

/** The allow rule of which the fewest conditions failed, and the first that did. */
function nearest(decision: Awaited<ReturnType<typeof listRoles>>["decision"]) {
  const missed = decision.reasons
    .filter((one) => one.effect === "allow" && !one.shadow && one.truth !== "true")
    .map((reason) => ({ reason, failed: reason.conditions.filter((one) => one.truth !== "true") }))
    .sort((a, b) => a.failed.length - b.failed.length)[0];
  const wants = missed?.failed[0]?.condition;
  return missed === undefined || wants === undefined ? {} : { nearest: { rule: missed.reason.rule, wants } };
}

const Console = v.object({
  account: AccountId,
  role: RoleName,
  destination: v.optional(v.pipe(v.string(), v.maxLength(2048))),
  seal: v.optional(v.string()),
  lang: v.optional(v.string()),
});

/** `GET /console`: 302 to the AWS console, or a question first when a link from elsewhere names a page to open. */
const openTheConsole = forPeople(async (event, at) => {
  const { account, role, destination } = input(Console, query(event));
  const { bearer, secret } = await visitor(event);
  const ours = openedFromOwnPage(event) || isSealed(pathOf(event), secret);
  if (destination !== undefined && !ours) return askFirst(event, at, { account, role, destination });
  const { url } = await openConsole(broker(), bearer, {
    accountId: account,
    role,
    narrowing: {},
    sourceIp: at.sourceIp,
    reference: at.reference,
    ...(destination === undefined ? {} : { destination }),
  });
  return redirect(url);
});

async function askFirst(
  event: Event,
  at: At,
  { account, role, destination }: { account: string; role: string; destination: string },
): Promise<Reply> {
  const { bearer, secret } = await visitor(event);
  const ask = { accountId: account, role, destination, ...at };
  const { placed, world } = await previewConsole(broker(), bearer, ask);
  const href = sealPath(`/console?${new URLSearchParams({ account, role, destination })}`, secret);
  const view = {
    language: languageOf(event),
    path: pathOf(event),
    csrf: csrfOf(secret),
    who: whoIs(bearer, world),
    accountId: account,
    accountName: placed.accountName,
    ...envOf(placed.accountTags),
    role,
    destination,
    continueHref: href,
  };
  return page(confirmPage(view), { cookies: languageCookies(event) });
}

const Keys = v.object({ account: AccountId, role: RoleName, lang: v.optional(v.string()) });

/** `GET /credentials`: the pass of one role, before anything was issued. */
const askKeys = forPeople(async (event, at) => {
  const { account, role } = input(Keys, query(event));
  const { bearer, secret } = await visitor(event);
  const found = await wantedRow(broker(), bearer, { account, role, sourceIp: at.sourceIp });
  const view = credentialsView(event, {
    ...found,
    bearer,
    csrf: csrfOf(secret),
    brokerUrl: broker().config.url,
  });
  return page(credentialsPage({ ...view, shown: false }), { cookies: languageCookies(event) });
});

/** `POST /credentials`: issue, and show what was asked to be shown. */
const giveKeys = forPeople(async (event, at) => {
  const fields = form(event);
  checkCsrf(event, fields);
  const asked = input(KeysForm, fields);
  const { bearer, secret } = await visitor(event);
  const narrowing: Narrowing = {
    ...(asked.scope ? { scope: asked.scope } : {}),
    ...(asked.durationSeconds ? { durationSeconds: asked.durationSeconds } : {}),
  };
  const issued = await getRoleCredentials(broker(), bearer, {
    accountId: asked.account,
    role: asked.role,
    narrowing,
    sourceIp: at.sourceIp,
    reference: at.reference,
  });
  const found = await wantedRow(broker(), bearer, {
    account: asked.account,
    role: asked.role,
    sourceIp: at.sourceIp,
  });
  const view = credentialsView(event, {
    ...found,
    bearer,
    csrf: csrfOf(secret),
    brokerUrl: broker().config.url,
  });
  const keys = { ...issued.credentials, region: issued.placed.region, form: asked.form };
  return page(credentialsPage({ ...view, issued: keys, shown: asked.show === "1", asked: narrowing }));
});

/** What a program asks for: query and JSON body together; `?scope=s3-read&parameters.bucket=logs`. */
function narrowingOf(event: Event): Narrowing {
  const flat = Object.entries(query(event));
  const parameters = flat.filter(([name]) => name.startsWith("parameters."));
  const rest = Object.fromEntries(flat.filter(([name]) => !name.startsWith("parameters.")));
  const named = Object.fromEntries(parameters.map(([name, value]) => [name.slice(11), value]));
  const body = event.requestContext.http.method === "POST" ? input(v.looseObject({}), jsonBody(event)) : {};
  const twice = Object.keys(body).find((name) => name in rest);
  if (twice !== undefined)
    throw new Refusal(
      "request_invalid",
      { twice },
      { about: { hint: `${twice} stands in query and body.` } },
    );
  const asked = parameters.length === 0 ? { ...rest, ...body } : { parameters: named, ...rest, ...body };
  return Object.fromEntries(Object.entries(input(Narrow, asked)).filter(([, value]) => value !== undefined));
}

/**
 * `/api/credentials/{accountId}/{role}`: the container-credentials wire.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
const container = http(
  async (event, at) => {
    const { accountId, role } = input(RoleAddress, event.pathParameters ?? {});
    const bearer = await admitProgram(broker(), event.headers.authorization, { accountId, role }, at);
    const narrowing = narrowingOf(event);
    const ask = { accountId, role, narrowing, sourceIp: at.sourceIp, reference: at.reference };
    const { credentials, placed } = await getRoleCredentials(broker(), bearer, ask);
    return json({
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      Token: credentials.sessionToken,
      Expiration: toInstant(credentials.expiresAt),
      AccountId: accountId,
      RoleArn: placed.roleArn,
    });
  },
  containerFault,
  PROGRAM_LIMITS,
);

/** `GET /api/roles`: the register as JSON, for the CLI and programs. */
const rolesAsJson = http(async (event, at) => {
  const bearer = await tokenBearer(broker(), event.headers.authorization, "api");
  const { roles, decision } = await listRoles(broker(), bearer, at.sourceIp);
  return json({ version: decision.version, roles: rowsOf(roles) });
});

/** Asked seldom, so its code is read when it is. */
const why = http(async (event, at) => (await import("./why.ts")).whyAsJson(broker(), event, at));

const showWhy = forPeople(async (event, at) => {
  const { bearer } = await visitor(event);
  return (await import("./why.ts")).whyAsPage(broker(), bearer, event, at);
});

export const handler = routes({
  "GET /": register,
  "GET /start": register,
  "GET /console": openTheConsole,
  "GET /credentials": askKeys,
  "POST /credentials": giveKeys,
  "GET /api/credentials/{accountId}/{role}": container,
  "POST /api/credentials/{accountId}/{role}": container,
  "GET /api/roles": rolesAsJson,
  "GET /api/why": why,
  "GET /why": showWhy,
});
