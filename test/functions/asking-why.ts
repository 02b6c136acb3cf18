import assert from "node:assert/strict";
import { handler as admin } from "../../functions/admin.ts";
import { handler as credentials } from "../../functions/credentials.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { fingerprint, newSecret } from "../../lib/core/secret.ts";
import { personNamed } from "../../lib/flows/why.ts";
import { readPepper } from "../../lib/store/people.ts";
import { putSeen } from "../../lib/store/seen.ts";
import { openSession } from "../../lib/store/sessions.ts";
import { person } from "../rules/things.ts";
import { eventOf } from "../support/event.ts";
import { type Answer, open, seed, table, tokenOf } from "./administered.ts";
import { assertDescribed } from "./described.ts";

export const PROD = "111111111111";
const right = (id: string, group: string, grant: object) => ({
  kind: "Rule",
  id,
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: group }],
  grant,
});
const OBJECTS = [
  ...seed,
  right("auditors", "auditors", { broker: ["auditor"] }),
  right("editors", "editors", { broker: ["editor"] }),
  { ...right("trial", "dev", { roles: ["Deploy"], accounts: ["333333333333"] }), shadow: true },
];
export const publish = (explain: string, more: readonly object[] = []) =>
  admin({
    sekisho: "apply",
    objects: [...OBJECTS.map((one) => (one.kind === "Settings" ? { ...one, explain } : one)), ...more],
    author: "test",
  });

export const now = () => Math.floor(Date.now() / 1000);
export const DEV = { subject: "dev", claims: { groups: ["dev"] }, mfa: "no" as const };
/** A developer who was seen. */
export const developer = () => personNamed({ pepper: () => readPepper(table()) }, "okta", "dev");

/** Publishes the rules that are asked about, and has the developer seen. */
export async function openWhy(): Promise<void> {
  await open();
  assert.equal(((await publish("terms")) as { outcome: string }).outcome, "published");
  const personId = await developer();
  await putSeen(table(), { personId, identity: person(DEV), seenAt: now(), expiresAt: now() + 600 });
}

/** Asks about oneself. */
export async function own(
  query: string,
  who: { readonly token?: string; readonly cookies?: readonly string[] },
): Promise<Answer> {
  const headers = who.token === undefined ? {} : { authorization: `Bearer ${who.token}` };
  const more = who.cookies === undefined ? {} : { cookies: who.cookies };
  const reply = await credentials(eventOf({ route: "GET /api/why", query, headers, ...more }));
  const { statusCode = 0, body = "{}" } = reply as { statusCode?: number; body?: string };
  const answer = { status: statusCode, body: JSON.parse(body) };
  assertDescribed("GET /api/why", undefined, answer);
  return answer;
}
export const question = (account: string, role: string, more = "") =>
  `account=${account}&role=${role}${more}`;
export type Text = { headline: string; nearest?: string; next: string[] };
export const textOf = ({ body }: Answer): Text => body.text as Text;
export const rulesOf = ({ body }: Answer): string[] =>
  (body.rules as { rule: string }[]).map(({ rule }) => rule);
export const as = (identity: Partial<Identity>) => tokenOf({ mfa: "no", ...identity });
export const devToken = () => as(DEV);

/** The cookie of a browser in which the developer is signed in. */
export async function sessionOf(groups: readonly string[]): Promise<string> {
  const secret = newSecret();
  await openSession(table(), {
    schema: 1,
    id: fingerprint(secret),
    personId: await developer(),
    identity: person({ ...DEV, claims: { groups: [...groups] } }),
    openedAt: now(),
    expiresAt: now() + 600,
  });
  return `__Host-session=${secret}`;
}
