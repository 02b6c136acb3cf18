import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { isRefusal, Refusal } from "../../lib/core/errors.ts";
import { newReference } from "../../lib/core/secret.ts";
import { fixedClock } from "../../lib/core/time.ts";
import type { Bearer } from "../../lib/flows/bearer.ts";
import { cached } from "../../lib/flows/cached.ts";
import { getRoleCredentials } from "../../lib/flows/get-role-credentials.ts";
import { EMPTY_WORLD } from "../../lib/store/snapshot.ts";
import { person } from "../rules/things.ts";
import { startDynamo } from "../support/dynamodb.ts";

const NOW = 1_795_340_460;
let dynamo: Awaited<ReturnType<typeof startDynamo>>;
before(async () => {
  dynamo = await startDynamo();
});
after(() => dynamo.stop());

const bearer = (name: string): Bearer => ({
  personId: name,
  identity: person({ subject: name, name }),
  since: NOW,
  endsAt: NOW + 3600,
  actor: "person",
});

test("two people refused by one failure are each told of themselves", async () => {
  const failure = Promise.reject(new Refusal("rules_unavailable"));
  failure.catch(() => {});
  const rules = {
    head: () => failure, // what a container keeps for whoever asks at once
    world: async () => EMPTY_WORLD,
    rules: async () => [],
  };
  const broker = {
    clock: fixedClock(NOW),
    config: {
      url: "https://broker.example.com",
      table: dynamo.table.name,
      region: "us-east-1",
      privateHosts: [],
      envSecrets: "refused" as const,
    },
    table: dynamo.table,
    rules,
    pepper: async () => "p",
    issuer: () => new Promise<never>(() => {}),
  };
  const ask = () => ({
    accountId: "111111111111",
    role: "Admin",
    narrowing: {},
    sourceIp: "192.0.2.1",
    reference: newReference(NOW),
  });
  const told = await Promise.all(
    ["ann", "bob"].map((name) =>
      getRoleCredentials(broker, bearer(name), ask()).then(
        () => assert.fail("nobody gets anything"),
        (thrown: unknown) => thrown,
      ),
    ),
  );
  for (const [index, name] of ["ann", "bob"].entries()) {
    const refusal = told[index];
    assert.ok(isRefusal(refusal, "rules_unavailable"), String(refusal));
    assert.equal(refusal.person?.identity.subject, name);
  }
});

test("what strangers ask for does not fill the container's memory", async () => {
  let asked = 0;
  const remember = cached(fixedClock(NOW), 60, async (key: string) => {
    asked++;
    return key;
  });
  for (let stranger = 0; stranger < 5000; stranger++) await remember(`stranger-${stranger}`);
  await remember("stranger-4999");
  assert.equal(asked, 5000, "the latest is still known");
  await remember("stranger-0");
  assert.equal(asked, 5001, "the first is not");
});
