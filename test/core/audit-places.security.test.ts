import assert from "node:assert/strict";
import test from "node:test";
import { readConfig } from "../../lib/core/config.ts";

const BASE = { SEKISHO_URL: "https://broker.example.com", SEKISHO_TABLE: "sekisho" };
const WHOLE = {
  SEKISHO_AUDIT_BUS: "arn:aws:events:eu-west-1:222222222222:event-bus/audit",
  SEKISHO_AUDIT_BUCKET: "arn:aws:s3:::acme-archive/sekisho-trail/999999999999/prod",
  SEKISHO_AUDIT_BUCKET_OWNER: "222222222222",
};

test("the places of whole events are read from the environment, and are nowhere where it is empty", () => {
  const { auditBus, auditBucket } = readConfig({ ...BASE, ...WHOLE, SEKISHO_AUDIT_BUS_FORMAT: "ocsf" });
  assert.deepEqual(auditBus, { arn: WHOLE.SEKISHO_AUDIT_BUS, region: "eu-west-1", format: "ocsf" });
  const prefix = "sekisho-trail/999999999999/prod";
  assert.deepEqual(auditBucket, { name: "acme-archive", prefix, owner: "222222222222" });
  const none = readConfig({
    ...BASE,
    SEKISHO_AUDIT_BUS: "",
    SEKISHO_AUDIT_BUCKET: "",
    SEKISHO_AUDIT_BUCKET_OWNER: "1",
  });
  assert.deepEqual([none.auditBus, none.auditBucket], [undefined, undefined]);
});

const wrong: readonly (readonly [variable: keyof typeof WHOLE, value: string])[] = [
  ["SEKISHO_AUDIT_BUS", "audit"],
  ["SEKISHO_AUDIT_BUS", "arn:aws:sns:eu-west-1:222222222222:event-bus/audit"],
  ["SEKISHO_AUDIT_BUCKET", "acme-archive/prefix"],
  ["SEKISHO_AUDIT_BUCKET", "arn:aws:s3:::acme-archive"],
  ["SEKISHO_AUDIT_BUCKET", "arn:aws:s3:::acme-archive/../other?x"],
  ["SEKISHO_AUDIT_BUCKET_OWNER", ""],
  ["SEKISHO_AUDIT_BUCKET_OWNER", "somebody"],
];
for (const [variable, value] of wrong)
  test(`a function does not start with ${variable} ${JSON.stringify(value)}`, () =>
    assert.throws(
      () => readConfig({ ...BASE, ...WHOLE, [variable]: value }),
      new RegExp(`^Error: ${variable}:`),
    ));
