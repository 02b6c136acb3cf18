import assert from "node:assert/strict";
import test, { afterEach, beforeEach } from "node:test";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { Refusal } from "../../lib/core/errors.ts";
import { fixedClock } from "../../lib/core/time.ts";
import type { Bearer } from "../../lib/flows/bearer.ts";
import { audited, type Issued } from "../../lib/flows/issue-role.ts";
import { NOON, person, world } from "../rules/things.ts";

const dynamo = mockClient(DynamoDBClient);
beforeEach(() => dynamo.reset());
afterEach(() => dynamo.reset());

const here = world();
const head = { version: 1, hash: "", lengths: {}, snapshot: [], source: [], aborted: [], publishedAt: 0 };
const broker = {
  clock: fixedClock(NOON),
  config: {
    url: "https://broker.example",
    table: "t",
    region: "us-east-1",
    privateHosts: [],
    envSecrets: "refused",
  } as const,
  table: { client: new DynamoDBClient({ region: "us-east-1" }), name: "t" },
  rules: { head: async () => head, world: async () => here, rules: async () => [] },
  pepper: async () => "pepper",
  issuer: async () => assert.fail("nothing is signed here"),
};
const bearer: Bearer = {
  personId: "P",
  identity: person(),
  since: NOON,
  endsAt: NOON + 900,
  actor: "person",
};
const ask = {
  accountId: "111111111111",
  role: "Admin",
  narrowing: {},
  sourceIp: "192.0.2.1",
  reference: "01M800000000000000000REFER",
};
const kinds = { issued: "credentials.issued", refused: "credentials.refused" } as const;

const placed = here.roles.get("111111111111/Admin") ?? assert.fail("the world has no such role");
const issued: Issued = {
  credentials: {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: "SECRET",
    sessionToken: "TOKEN",
    expiresAt: NOON + 900,
  },
  assertionId: "_assertion",
  durationSeconds: 900,
  granted: { accountId: "111111111111", role: "Admin", rules: ["sre"], sessionSeconds: 900, tags: {} },
  placed,
  decision: { version: 1, roles: [], denied: [], eligible: [], broker: [], reasons: [] },
  world: here,
};

const events = () =>
  dynamo.commandCalls(PutItemCommand).map(({ args }) => unmarshall(args[0].input.Item ?? {}));

test("credentials leave when their event is written, and the event joins them to CloudTrail without their secrets", async () => {
  dynamo.on(PutItemCommand).resolves({});
  assert.equal(await audited(broker, bearer, ask, kinds, async () => issued), issued);
  const [event] = events();
  assert.equal(event?.kind, "credentials.issued");
  assert.equal(event?.assertionId, "_assertion");
  assert.equal(event?.accessKeyId, "ASIAEXAMPLE");
  assert.ok(!/SECRET|TOKEN/.test(JSON.stringify(event)));
});

test("no credentials leave when their event cannot be written", async () => {
  dynamo.on(PutItemCommand).rejects(Object.assign(new Error("slow down"), { name: "ThrottlingException" }));
  await assert.rejects(audited(broker, bearer, ask, kinds, async () => issued));
});

test("a refusal is written before it is told", async () => {
  dynamo.on(PutItemCommand).resolves({});
  const refuse = async () => {
    throw new Refusal("role_not_granted");
  };
  await assert.rejects(audited(broker, bearer, ask, kinds, refuse), { code: "role_not_granted" });
  assert.deepEqual(
    events().map(({ kind, code }) => [kind, code]),
    [["credentials.refused", "role_not_granted"]],
  );
});
