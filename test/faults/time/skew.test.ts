import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import type { RefusalCode } from "../../../lib/core/errors.ts";
import { fingerprint } from "../../../lib/core/secret.ts";
import { sessionBearer, tokenBearer } from "../../../lib/flows/bearer.ts";
import { finishSignIn } from "../../../lib/flows/finish-sign-in.ts";
import { getRoleCredentials } from "../../../lib/flows/get-role-credentials.ts";
import { readSession } from "../../../lib/store/sessions.ts";
import { openStack, type Stack } from "../../http/stack.ts";
import { ciToken } from "../../support/programs.ts";
import { itemsUnder } from "../../support/table.ts";
import { answered, brokerBy, occasion, pageOf, refusalOf, skewed } from "./clocks.ts";

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

/** Ten minutes, and the few seconds that a test may take. */
const AHEAD = 615;
const BEHIND = -600;

const PEOPLE = { okta: "sre", entra: "analyst", google: "support" } as const;

const signIns: readonly [connection: keyof typeof PEOPLE, ahead: number, end: RefusalCode | "done"][] = [
  ["okta", 30, "done"],
  ["okta", -30, "done"],
  ["okta", AHEAD, "saml_too_old"],
  ["okta", BEHIND, "saml_issued_in_future"],
  ["entra", 30, "done"],
  ["entra", -30, "done"],
  ["entra", AHEAD, "oidc_issued_too_long_ago"],
  ["entra", BEHIND, "oidc_not_yet_valid"],
  ["google", AHEAD, "oidc_issued_too_long_ago"],
  ["google", BEHIND, "oidc_issued_in_future"],
];

const said = (ahead: number) => `${Math.abs(ahead)} s ${ahead > 0 ? "ahead of" : "behind"}`;

describe("a sign-in by a broker whose clock is another than the provider's", () => {
  for (const [connection, ahead, end] of signIns)
    test(`${said(ahead)} ${connection}: ${end}`, async () => {
      const broker = brokerBy(skewed(ahead));
      const answer = await answered(broker, connection, PEOPLE[connection]);
      const sessions = (await itemsUnder(stack.urls, "SESSION#")).length;
      const refusal = await refusalOf(finishSignIn(broker, answer));
      const opened = (await itemsUnder(stack.urls, "SESSION#")).length - sessions;
      assert.deepEqual([refusal?.code ?? "done", opened], [end, end === "done" ? 1 : 0]);
      if (refusal === undefined) return;

      const page = await pageOf(broker, refusal, connection);
      assert.match(page, /clocks of the identity provider and of this broker disagree/);
      assert.match(page, /has to look at the clock of the provider/);
      assert.match(page, /class="btn primary big" href="\/signin\?to=%2F"/);
      // Set right, the clock does not bring the answer back.
      const right = brokerBy(skewed());
      assert.equal((await refusalOf(finishSignIn(right, answer)))?.code, "signin_expired");
    });
});

const programs: readonly [ahead: number, end: RefusalCode | "done"][] = [
  [30, "done"],
  [-30, "done"],
  [AHEAD, "workload_expired"],
  [BEHIND, "workload_not_yet_valid"],
];
describe("a program's token before a broker whose clock is another than its issuer's", () => {
  for (const [ahead, end] of programs)
    test(`${said(ahead)} the issuer: ${end}`, async () => {
      const broker = brokerBy(skewed(ahead));
      const refusal = await refusalOf(tokenBearer(broker, await ciToken(stack.urls), "credentials"));
      assert.equal(refusal?.code ?? "done", end);
      if (refusal !== undefined)
        assert.match(refusal.message, /clocks of its issuer and of this broker disagree/);
    });
});

/** STS takes an assertion for as long as ours says, 120 s, and none that it thinks is yet to be issued. */
const issuings: readonly [ahead: number, end: RefusalCode | "done"][] = [
  [0, "done"],
  [-60, "done"],
  [BEHIND, "aws_assertion_expired"],
  [AHEAD, "aws_assertion_early"],
];
describe("credentials from a broker whose clock is another than AWS's", () => {
  for (const [ahead, end] of issuings)
    test(`${said(ahead)} AWS: ${end}`, async () => {
      const clock = skewed();
      const broker = brokerBy(clock);
      const answer = await answered(broker, "okta", "sre");
      const { secret } = await finishSignIn(broker, answer);
      clock.ahead = ahead;
      const bearer = await sessionBearer(broker, secret);
      const ask = { accountId: "333333333333", role: "ReadOnly", narrowing: {}, ...occasion() };
      const refusal = await refusalOf(getRoleCredentials(broker, bearer, ask));
      assert.equal(refusal?.code ?? "done", end);
      if (refusal === undefined) return;
      assert.equal(refusal.next, "retry");
      assert.match(refusal.message, /clocks disagree/);
      assert.match(refusal.about.hint ?? "", /check the broker's clock/);
    });
});

test("a session ends by the broker's own clock, whatever the table still holds", async () => {
  const clock = skewed();
  const broker = brokerBy(clock);
  const { secret, session } = await finishSignIn(broker, await answered(broker, "okta", "sre"));
  clock.ahead = session.expiresAt - session.openedAt;
  assert.equal((await refusalOf(sessionBearer(broker, secret)))?.code, "session_expired");
  assert.equal((await itemsUnder(stack.urls, `SESSION#${fingerprint(secret)}`)).length, 1);
  clock.ahead = -600;
  assert.equal((await readSession(broker.table, session.id, clock)).personId, session.personId);
});

test("the table sweeps nothing before a clock that is a day behind has refused it", async () => {
  const items = await itemsUnder(stack.urls, "");
  const timed = items.filter(({ ttl }) => ttl !== undefined);
  assert.ok(new Set(timed.map(({ sk }) => sk)).size >= 5, "sign-ins, answers, sessions, names, events");
  for (const { pk, sk, ttl, expiresAt } of timed)
    if (expiresAt !== undefined)
      assert.ok(Number(ttl) >= Number(expiresAt) + 86_400, `${String(pk).split("#")[0]} ${sk}`);
});
