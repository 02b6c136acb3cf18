import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { AuditEvent } from "../../lib/core/audit.ts";
import { isRefusal, Refusal } from "../../lib/core/errors.ts";
import { newReference } from "../../lib/core/secret.ts";
import { fixedClock } from "../../lib/core/time.ts";
import type { Bearer } from "../../lib/flows/bearer.ts";
import { audited, type Issued, type RoleAsk } from "../../lib/flows/issue-role.ts";
import { openRules } from "../../lib/store/rules.ts";
import { person } from "../rules/things.ts";
import { startDynamo } from "../support/dynamodb.ts";

const NOW = 1_795_340_460;
const clock = fixedClock(NOW);
let dynamo: Awaited<ReturnType<typeof startDynamo>>;
before(async () => {
  dynamo = await startDynamo();
});
after(() => dynamo.stop());

const bearer: Bearer = {
  personId: "01M82PZKNTM97K348TWVSWVGCC",
  identity: person({}),
  since: NOW,
  endsAt: NOW + 3600,
  actor: "person",
};
const issued = {
  credentials: {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: "secret",
    sessionToken: "token",
    expiresAt: NOW + 900,
  },
  assertionId: "_made",
  durationSeconds: 900,
  granted: { accountId: "111111111111", role: "Admin", rules: ["sre-prod"], sessionSeconds: 900, tags: {} },
  decision: { version: 7 },
  world: { settings: { auditRetentionDays: 1 } },
} as unknown as Issued;

/** Runs one issue; answers with the event it left, and what it threw. */
async function eventOf(ask: Partial<RoleAsk>, issue: Parameters<typeof audited>[4]) {
  const reference = newReference(NOW);
  const broker = {
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
    issuer: () => assert.fail("nothing is signed"),
  };
  const whole = {
    accountId: "111111111111",
    role: "Admin",
    narrowing: {},
    sourceIp: "192.0.2.1",
    reference,
    ...ask,
  };
  const kinds = { issued: "console.opened", refused: "console.refused" } as const;
  const outcome = await audited(broker, bearer, whole, kinds, issue).catch((thrown: unknown) => thrown);
  const { Items = [] } = await dynamo.table.client.send(new ScanCommand({ TableName: dynamo.table.name }));
  const event = Items.map((item) => unmarshall(item)).find(({ sk }) => sk === reference);
  return { event: event as AuditEvent | undefined, outcome };
}

test("what is issued is written with what joins it to CloudTrail", async () => {
  const { event } = await eventOf({}, async () => issued);
  assert.deepEqual(
    [event?.kind, event?.assertionId, event?.accessKeyId, event?.version, event?.rules],
    ["console.opened", "_made", "ASIAEXAMPLE", 7, ["sre-prod"]],
  );
});

test("credentials that STS gave and nobody was handed are written too", async () => {
  const { event, outcome } = await eventOf({}, async (minted) => {
    minted(issued);
    throw new Refusal("aws_unreachable");
  });
  assert.ok(isRefusal(outcome, "aws_unreachable"));
  assert.deepEqual(
    [event?.kind, event?.code, event?.assertionId, event?.accessKeyId],
    ["console.refused", "aws_unreachable", "_made", "ASIAEXAMPLE"],
  );
});

test("a refusal before STS joins nothing", async () => {
  const { event } = await eventOf({}, async () => {
    throw new Refusal("role_not_granted");
  });
  assert.deepEqual([event?.code, event?.role], ["role_not_granted", "Admin"]);
  assert.ok(event && !("accessKeyId" in event) && !("assertionId" in event));
});

test("what somebody asked for by an address, or by a text of their own, is not written", async () => {
  const ask = { role: "taro@example.com", narrowing: { scope: "taro yamada" } };
  const { event } = await eventOf(ask, async () => {
    throw new Refusal("role_not_granted");
  });
  assert.equal(event?.accountId, "111111111111");
  assert.ok(!/taro/.test(JSON.stringify(event)));
});
