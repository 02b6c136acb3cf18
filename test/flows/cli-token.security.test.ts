import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test, { after, before } from "node:test";
import { isRefusal, type RefusalCode } from "../../lib/core/errors.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { fingerprint, newReference, newSecret } from "../../lib/core/secret.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { type Bearer, tokenBearer } from "../../lib/flows/bearer.ts";
import { answerCli, askForCli, redeemCode } from "../../lib/flows/cli-token.ts";
import { openRules } from "../../lib/store/rules.ts";
import { openSession } from "../../lib/store/sessions.ts";
import { person } from "../rules/things.ts";
import { startDynamo } from "../support/dynamodb.ts";

const NOW = 1_795_340_460;
let dynamo: Awaited<ReturnType<typeof startDynamo>>;
before(async () => {
  dynamo = await startDynamo();
});
after(() => dynamo.stop());

const brokerAt = (now: number) => {
  const clock = fixedClock(now);
  return {
    clock,
    table: dynamo.table,
    rules: openRules(dynamo.table, clock),
    config: {
      url: "https://broker.example.com",
      table: dynamo.table.name,
      region: "us-east-1",
      privateHosts: [],
      envSecrets: "refused" as const,
    },
    pepper: async () => "p",
    stateOf: async () => undefined,
    outbound: () => assert.fail("nobody is asked"),
  };
};
const at = () => ({ reference: newReference(NOW), sourceIp: "192.0.2.1" });
const bearer = (personId: string, change: Partial<Identity> = {}): Bearer => ({
  personId,
  identity: person(change),
  since: NOW,
  endsAt: NOW + 3600,
  actor: "person",
});
const VERIFIER = "v".repeat(43);
const challenge = createHash("sha256").update(VERIFIER).digest("base64url");
const refuses = (code: RefusalCode) => (thrown: unknown) => isRefusal(thrown, code);

const ask = (who: Bearer, purpose: "api" | "credentials" = "api") =>
  askForCli(brokerAt(NOW), who, { purpose, port: 40123, state: "s".repeat(16), challenge });

async function codeFor(who: Bearer, purpose: "api" | "credentials" = "api"): Promise<string> {
  const back = new URL(await answerCli(brokerAt(NOW), who, await ask(who, purpose), "approve", at()));
  assert.equal(back.origin + back.pathname, "http://127.0.0.1:40123/callback");
  return back.searchParams.get("code") ?? "";
}
const redeem = (code: string, verifier = VERIFIER, now = NOW) =>
  redeemCode(brokerAt(now), { code, verifier }, at());

test("a token lasts no longer than the provider's own session", async () => {
  const ends = NOW + 1000;
  const { token, expiresAt } = await redeem(await codeFor(bearer("p", { providerSessionEndsAt: ends })));
  assert.equal(expiresAt, ends);
  await assert.rejects(tokenBearer(brokerAt(ends), token, "api"), refuses("token_invalid"));
});

test("a token opens what it was issued for and nothing else", async () => {
  for (const [purpose, other] of [
    ["api", "credentials"],
    ["credentials", "api"],
  ] as const) {
    const { token } = await redeem(await codeFor(bearer("p"), purpose));
    assert.equal((await tokenBearer(brokerAt(NOW), `Bearer ${token}`, purpose)).personId, "p");
    await assert.rejects(tokenBearer(brokerAt(NOW), token, other), refuses("token_wrong_purpose"));
  }
});

test("the question of one person is not answered by another, and is then spent", async () => {
  const ticket = await ask(bearer("p"));
  await assert.rejects(
    answerCli(brokerAt(NOW), bearer("q"), ticket, "approve", at()),
    refuses("token_invalid"),
  );
  await assert.rejects(
    answerCli(brokerAt(NOW), bearer("p"), ticket, "approve", at()),
    refuses("token_invalid"),
  );
});

test("a ticket is no code, and neither is a token, whatever it looks like", async () => {
  const ticket = await ask(bearer("p"));
  await assert.rejects(redeem(ticket), refuses("token_invalid"));
  const code = await codeFor(bearer("p"));
  await assert.rejects(
    answerCli(brokerAt(NOW), bearer("p"), code, "approve", at()),
    refuses("token_invalid"),
  );
  for (const secret of [code, ticket])
    await assert.rejects(tokenBearer(brokerAt(NOW), secret, "api"), refuses("workload_token_malformed"));
});

test("a browser's session is no token, with or without its mark", async () => {
  const secret = newSecret();
  await openSession(dynamo.table, {
    schema: 1,
    id: fingerprint(secret),
    personId: "p",
    identity: person(),
    openedAt: NOW,
    expiresAt: NOW + 3600,
  });
  for (const [token, code] of [
    [secret, "workload_token_malformed"],
    [`sk_${secret}`, "token_invalid"],
  ] as const)
    for (const purpose of ["api", "credentials"] as const)
      await assert.rejects(tokenBearer(brokerAt(NOW), token, purpose), refuses(code));
});

test("a code is good for a minute, and not for another verifier", async () => {
  const late = await codeFor(bearer("p"));
  await assert.rejects(redeem(late, VERIFIER, NOW + 60), refuses("token_invalid"));
  const stolen = await codeFor(bearer("p"));
  await assert.rejects(redeem(stolen, "w".repeat(43)), refuses("token_invalid"));
  await assert.rejects(redeem(stolen), refuses("token_invalid"));
});
