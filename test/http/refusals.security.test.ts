import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import test, { after, before } from "node:test";
import type { AuditEvent } from "../../lib/core/audit.ts";
import type { Person } from "../support/person.ts";
import { ciToken, fetchCredentials, personToken } from "../support/programs.ts";
import { trailOf } from "../support/table.ts";
import { until } from "../support/until.ts";
import { openStack, type Stack, signedIn } from "./stack.ts";

let stack: Stack;
let support: Person;
before(async () => {
  stack = await openStack();
  ({ person: support } = await signedIn(stack, "google", "support"));
});
after(() => stack.stop());

const NOBODYS = `sk_${"x".repeat(43)}`;

/** The event of a refusal, by the reference the refused one was told. */
async function eventIn(text: string): Promise<AuditEvent | undefined> {
  const [reference] = /[0-9A-HJKMNP-TV-Z]{26}/.exec(text) ?? [];
  return (await trailOf(stack.urls)).find(({ id }) => id === reference);
}

const programs: readonly [what: string, token: () => Promise<string>, code: string, connection?: string][] = [
  ["with nobody's token", async () => NOBODYS, "token_invalid"],
  ["with a token for something else", () => personToken(stack.urls, support, "api"), "token_wrong_purpose"],
  [
    "with a workload's token for somebody else",
    () => ciToken(stack.urls, { aud: "https://other.example" }),
    "workload_audience_mismatch",
    "ci",
  ],
  ["with something that is no token", async () => "eyJhbGciOiJub25lIn0.e30.", "workload_issuer_unknown"],
];
for (const [what, token, code, connection] of programs)
  test(`a program ${what} is refused, and that is written down`, async () => {
    const { status, said } = await fetchCredentials(stack.urls, "222222222222/Deploy", await token());
    assert.ok(status >= 400 && status < 500, `${status}`);
    assert.equal(said.code, code);
    const event = await eventIn(said.message ?? "");
    assert.equal(event?.kind, "credentials.refused");
    assert.deepEqual(
      [event.code, event.actor, event.accountId, event.role, event.connection],
      [code, "stranger", "222222222222", "Deploy", connection],
    );
  });

test("whoever is no administrator is refused, and that is written down under their id", async () => {
  const answer = await fetch(`${stack.url}/api/admin/configuration`, {
    headers: { authorization: `Bearer ${await personToken(stack.urls, support, "api")}` },
  });
  assert.equal(answer.status, 403);
  const event = await eventIn(await answer.text());
  assert.deepEqual([event?.kind, event?.code, event?.actor], ["admin.refused", "admin_required", "person"]);
  assert.match(event?.personId ?? "", /^[0-9A-Z]{26}$/);
  assert.equal(event?.connection, "google");
});

test("a stranger at the administrators' door is written down", async () => {
  const answer = await fetch(`${stack.url}/api/admin/versions`, {
    headers: { authorization: `Bearer ${NOBODYS}` },
  });
  const event = await eventIn(await answer.text());
  assert.deepEqual([event?.kind, event?.code, event?.actor], ["admin.refused", "token_invalid", "stranger"]);
});

/** A code of somebody, caught on its way to the command line. */
async function codeOf(answer: RegExp, challenge: string) {
  const asked = new URLSearchParams({ purpose: "api", port: "40123", state: "s".repeat(16), challenge });
  const question = await support.open(`${stack.url}/api/login/authorize?${asked}`);
  const back = await support.follow(question, answer, { stopAt: /^http:\/\/127\.0\.0\.1:40123\// });
  return new URL(back.headers.get("location") ?? "").searchParams;
}
const redeem = async (code: string, verifier: string) =>
  (
    await fetch(`${stack.url}/api/login/token`, { method: "POST", body: JSON.stringify({ code, verifier }) })
  ).text();

test("a stolen code without its verifier is refused, spent, and written down under whose it was", async () => {
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const code = (await codeOf(/ticket=[\w-]{43}$/, challenge)).get("code") ?? "";
  const stolen = await eventIn(await redeem(code, "v".repeat(43)));
  assert.deepEqual(
    [stolen?.kind, stolen?.actor, stolen?.connection],
    ["token.refused", "stranger", "google"],
  );
  assert.match(stolen?.personId ?? "", /^[0-9A-Z]{26}$/);
  const late = await eventIn(await redeem(code, verifier));
  assert.deepEqual([late?.kind, late?.code, late?.personId], ["token.refused", "token_invalid", undefined]);
});

test("a person's no to the command line is written down", async () => {
  const before = (await trailOf(stack.urls)).filter(({ kind }) => kind === "token.refused").length;
  assert.equal((await codeOf(/deny=1/, "c".repeat(43))).get("error"), "access_denied");
  const refused = (await trailOf(stack.urls)).filter(({ kind }) => kind === "token.refused");
  assert.equal(refused.length, before + 1);
  assert.ok(refused.some(({ actor, detail }) => actor === "person" && detail?.answer === "deny"));
});

test("whatever an administrator reads is written down, a plan too: it shows all there is", async () => {
  const { person: sre } = await signedIn(stack, "okta", "sre");
  const authorization = `Bearer ${await personToken(stack.urls, sre, "api")}`;
  const ask = (path: string, body?: object) =>
    fetch(`${stack.url}/api/admin/${path}`, {
      headers: { authorization },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
  const planned = () => ask("plan", { objects: [] }).then(({ status }) => status);
  await until(planned, (status) => status === 200, "the published rules");
  await ask("versions");
  await ask("connections");
  await ask("connections/okta/refresh", {});
  const looks = (await trailOf(stack.urls)).filter(({ kind }) => kind === "admin.read");
  const seen = new Set(looks.map(({ detail }) => detail?.what));
  assert.deepEqual([...seen].sort(), ["connections", "plan", "refresh", "versions"]);
});
