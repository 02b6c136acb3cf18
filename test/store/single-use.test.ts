import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { isRefusal, type RefusalCode } from "../../lib/core/errors.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { fingerprint, newSecret } from "../../lib/core/secret.ts";
import type { Grant } from "../../lib/core/session.ts";
import type { SignIn } from "../../lib/core/sign-in.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { record } from "../../lib/store/audit.ts";
import { readConnectionState, writeConnectionState } from "../../lib/store/connections.ts";
import { putGrant, readGrant, spendGrant } from "../../lib/store/grants.ts";
import { activeKey, putKey, readKeys } from "../../lib/store/keys.ts";
import { readPepper } from "../../lib/store/people.ts";
import { claimOnce } from "../../lib/store/replays.ts";
import { endSession, openSession, readSession } from "../../lib/store/sessions.ts";
import { consumeSignIn, putSignIn } from "../../lib/store/sign-ins.ts";
import { startDynamo } from "../support/dynamodb.ts";

const NOW = 1_795_340_460;
let dynamo: Awaited<ReturnType<typeof startDynamo>>;
before(async () => {
  dynamo = await startDynamo();
});
after(() => dynamo.stop());

const refuses = (code: RefusalCode) => (thrown: unknown) => isRefusal(thrown, code);

const identity: Identity = {
  connection: "okta",
  kind: "person",
  subject: "00u1",
  name: "sre",
  claims: { groups: ["sre", "dev"] },
  unknown: [],
  amr: [],
  mfa: "unknown",
  notes: [],
};

const browser = fingerprint("browser");
const newSignIn = (change: Partial<SignIn> = {}): SignIn => ({
  schema: 1,
  id: newSecret(),
  connection: "okta",
  browser,
  memo: "memo",
  to: "/",
  origin: "own",
  startedAt: NOW,
  expiresAt: NOW + 600,
  ...change,
});

/** How many of fifty tries at once got through. */
async function winners(tries: () => Promise<unknown>): Promise<number> {
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, tries));
  for (const outcome of outcomes)
    if (outcome.status === "rejected") assert.ok(isRefusal(outcome.reason), String(outcome.reason));
  return outcomes.filter(({ status }) => status === "fulfilled").length;
}

test("of fifty answers to one sign-in one is taken", async () => {
  const signIn = newSignIn();
  await putSignIn(dynamo.table, signIn);
  assert.equal(await winners(() => consumeSignIn(dynamo.table, signIn.id, browser, NOW)), 1);
});

test("a sign-in comes back as it was put", async () => {
  const signIn = newSignIn();
  await putSignIn(dynamo.table, signIn);
  const { schema, ...rest } = await consumeSignIn(dynamo.table, signIn.id, browser, NOW);
  assert.deepEqual({ schema, ...rest }, signIn);
});

test("a sign-in of another browser is refused and stays for its own", async () => {
  const signIn = newSignIn();
  await putSignIn(dynamo.table, signIn);
  await assert.rejects(
    consumeSignIn(dynamo.table, signIn.id, fingerprint("other"), NOW),
    refuses("signin_other_browser"),
  );
  await consumeSignIn(dynamo.table, signIn.id, browser, NOW);
});

test("a sign-in ends at its second, swept or not", async () => {
  const signIn = newSignIn();
  await putSignIn(dynamo.table, signIn);
  await assert.rejects(
    consumeSignIn(dynamo.table, signIn.id, browser, signIn.expiresAt),
    refuses("signin_expired"),
  );
  await consumeSignIn(dynamo.table, signIn.id, browser, signIn.expiresAt - 1);
});

test("a sign-in nobody began is refused", () =>
  assert.rejects(consumeSignIn(dynamo.table, "nobody", browser, NOW), refuses("signin_expired")));

test("of fifty uses of one assertion one is taken, and later ones never", async () => {
  const once = { key: newSecret(), until: NOW + 300 };
  assert.equal(await winners(() => claimOnce(dynamo.table, once, NOW)), 1);
  await assert.rejects(claimOnce(dynamo.table, once, NOW + 86_400), refuses("signin_replayed"));
  const over = { key: newSecret(), until: NOW - 86_400 };
  await claimOnce(dynamo.table, over, NOW);
  await assert.rejects(claimOnce(dynamo.table, over, NOW), refuses("signin_replayed"), "over by every clock");
});

const newGrant = (change: Partial<Grant> = {}): Grant => ({
  schema: 1,
  id: newSecret(),
  kind: "code",
  purpose: "api",
  personId: "P",
  identity,
  issuedAt: NOW,
  expiresAt: NOW + 60,
  ...change,
});

test("of fifty redemptions of one code one is taken", async () => {
  const grant = newGrant();
  await putGrant(dynamo.table, grant);
  assert.equal(await winners(() => spendGrant(dynamo.table, grant.id, "code", NOW)), 1);
});

test("a ticket is no code, and neither is a token", async () => {
  const [ticket, code, token] = [newGrant({ kind: "ticket" }), newGrant(), newGrant({ kind: "token" })];
  for (const grant of [ticket, code, token]) await putGrant(dynamo.table, grant);
  await assert.rejects(spendGrant(dynamo.table, ticket.id, "code", NOW), refuses("token_invalid"));
  await assert.rejects(readGrant(dynamo.table, ticket.id, fixedClock(NOW)), refuses("token_invalid"));
  await assert.rejects(readGrant(dynamo.table, code.id, fixedClock(NOW)), refuses("token_invalid"));
  await assert.rejects(spendGrant(dynamo.table, token.id, "code", NOW), refuses("token_invalid"));
  assert.equal((await readGrant(dynamo.table, token.id, fixedClock(NOW))).identity.subject, "00u1");
});

test("a token ends at its second", async () => {
  const token = newGrant({ kind: "token" });
  await putGrant(dynamo.table, token);
  await assert.rejects(
    readGrant(dynamo.table, token.id, fixedClock(token.expiresAt)),
    refuses("token_invalid"),
  );
});

test("a session lasts until its second, and ends at once when it is ended", async () => {
  const id = newSecret();
  const session = { schema: 1 as const, id, personId: "P", identity, openedAt: NOW, expiresAt: NOW + 900 };
  await openSession(dynamo.table, session);
  assert.deepEqual(await readSession(dynamo.table, id, fixedClock(NOW + 899)), session);
  await assert.rejects(readSession(dynamo.table, id, fixedClock(NOW + 900)), refuses("session_expired"));
  await assert.rejects(openSession(dynamo.table, session), { name: "ConditionalCheckFailedException" });
  await endSession(dynamo.table, id);
  await endSession(dynamo.table, id);
  await assert.rejects(readSession(dynamo.table, id, fixedClock(NOW)), refuses("session_expired"));
});

test("what ends while it is read is over", async () => {
  const clock = { at: NOW, now: () => clock.at };
  const token = newGrant({ kind: "token" });
  const session = {
    schema: 1 as const,
    id: newSecret(),
    personId: "P",
    identity,
    openedAt: NOW,
    expiresAt: NOW + 60,
  };
  await Promise.all([putGrant(dynamo.table, token), openSession(dynamo.table, session)]);
  const ends = [
    assert.rejects(readGrant(dynamo.table, token.id, clock), refuses("token_invalid")),
    assert.rejects(readSession(dynamo.table, session.id, clock), refuses("session_expired")),
  ];
  clock.at = NOW + 60;
  await Promise.all(ends);
});

test("fifty containers agree on one pepper", async () => {
  const peppers = await Promise.all(Array.from({ length: 50 }, () => readPepper(dynamo.table)));
  assert.equal(new Set(peppers).size, 1);
  assert.match(peppers[0] ?? "", /^[\w-]{43}$/);
});

test("an event is written once under its id", async () => {
  const event = {
    schema: 1 as const,
    id: "01JD8K4T2W0000000000000000",
    at: NOW,
    kind: "signout" as const,
    actor: "person" as const,
  };
  await record(dynamo.table, event, 400);
  await assert.rejects(record(dynamo.table, event, 400), { name: "ConditionalCheckFailedException" });
});

test("what is known of a provider is replaced only by who read it last", async () => {
  const first = { connection: "okta", keys: [{ certificate: "A", seenAt: NOW }], refreshedAt: NOW };
  assert.ok(await writeConnectionState(dynamo.table, undefined, first));
  assert.ok(!(await writeConnectionState(dynamo.table, undefined, first)), "somebody wrote it already");
  const second = { ...first, refreshedAt: NOW + 900, failedWith: "provider_unreachable" };
  assert.ok(await writeConnectionState(dynamo.table, first, second));
  assert.ok(
    !(await writeConnectionState(dynamo.table, first, { ...first, refreshedAt: NOW + 901 })),
    "read before the second",
  );
  assert.deepEqual(await readConnectionState(dynamo.table, "okta"), second);
});

test("the newest active key signs; next and retired ones do not", async () => {
  const certificate = "-----BEGIN CERTIFICATE-----";
  const key = (keyId: string, state: "active" | "next" | "retired", createdAt: number) => ({
    purpose: "sp-sign" as const,
    keyId,
    certificate,
    state,
    createdAt,
  });
  assert.throws(() => activeKey([], "sp-sign"), refuses("keys_missing"));
  for (const one of [key("c", "next", 3), key("a", "retired", 1), key("b", "active", 2)])
    await putKey(dynamo.table, one);
  const keys = await readKeys(dynamo.table, "sp-sign");
  assert.deepEqual(
    keys.map(({ keyId }) => keyId),
    ["a", "b", "c"],
  );
  assert.equal(activeKey(keys, "sp-sign").keyId, "b");
  assert.deepEqual(await readKeys(dynamo.table, "issuer-aws"), []);
});
