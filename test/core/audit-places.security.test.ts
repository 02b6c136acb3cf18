import assert from "node:assert/strict";
import test from "node:test";
import { readConfig } from "../../lib/core/config.ts";

const BASE = { SEKISHO_URL: "https://broker.example.com", SEKISHO_TABLE: "sekisho" };
const WHOLE = {
  SEKISHO_AUDIT_BUS: "arn:aws:events:eu-west-1:222222222222:event-bus/audit",
  SEKISHO_AUDIT_BUCKET: "arn:aws:s3:::acme-archive/sekisho-trail/999999999999/prod",
  SEKISHO_AUDIT_BUCKET_OWNER: "222222222222",
  SEKISHO_AUDIT_BUCKET_REGION: "eu-central-1",
  SEKISHO_AUDIT_BUCKET_KEY: "arn:aws:kms:eu-central-1:222222222222:key/mrk-1f",
};

test("the places of whole events are read from the environment, and are nowhere where it is empty", () => {
  const { auditBus, auditBucket } = readConfig({ ...BASE, ...WHOLE, SEKISHO_AUDIT_BUS_FORMAT: "ocsf" });
  assert.deepEqual(auditBus, { arn: WHOLE.SEKISHO_AUDIT_BUS, region: "eu-west-1", format: "ocsf" });
  const prefix = "sekisho-trail/999999999999/prod";
  assert.deepEqual(auditBucket, {
    name: "acme-archive",
    prefix,
    owner: "222222222222",
    region: "eu-central-1",
    key: "arn:aws:kms:eu-central-1:222222222222:key/mrk-1f",
  });
  const none = readConfig({
    ...BASE,
    SEKISHO_AUDIT_BUS: "",
    SEKISHO_AUDIT_BUCKET: "",
    SEKISHO_AUDIT_BUCKET_OWNER: "1",
  });
  assert.deepEqual([none.auditBus, none.auditBucket], [undefined, undefined]);
});

test("a bucket without a region or a key of its own stands in the broker's, and encrypts as it says itself", () => {
  const empty = {
    SEKISHO_AUDIT_BUCKET_REGION: "",
    SEKISHO_AUDIT_BUCKET_KEY: "",
    AWS_REGION: "ap-northeast-1",
  };
  const { auditBucket } = readConfig({ ...BASE, ...WHOLE, ...empty });
  assert.equal(auditBucket?.region, "ap-northeast-1");
  assert.ok(auditBucket !== undefined && !("key" in auditBucket));
});

const wrong: readonly (readonly [variable: keyof typeof WHOLE, value: string])[] = [
  ["SEKISHO_AUDIT_BUS", "audit"],
  ["SEKISHO_AUDIT_BUS", "arn:aws:sns:eu-west-1:222222222222:event-bus/audit"],
  ["SEKISHO_AUDIT_BUCKET", "acme-archive/prefix"],
  ["SEKISHO_AUDIT_BUCKET", "arn:aws:s3:::acme-archive"],
  ["SEKISHO_AUDIT_BUCKET", "arn:aws:s3:::acme-archive/../other?x"],
  ["SEKISHO_AUDIT_BUCKET_OWNER", ""],
  ["SEKISHO_AUDIT_BUCKET_OWNER", "somebody"],
  ["SEKISHO_AUDIT_BUCKET_REGION", "eu"],
  ["SEKISHO_AUDIT_BUCKET_REGION", "eu-central-1.evil.example"],
  ["SEKISHO_AUDIT_BUCKET_KEY", "alias/archive"],
  ["SEKISHO_AUDIT_BUCKET_KEY", "arn:aws:kms:eu-west-1:222222222222:key/mrk-1f"],
];
for (const [variable, value] of wrong)
  test(`a function does not start with ${variable} ${JSON.stringify(value)}`, () =>
    assert.throws(
      () => readConfig({ ...BASE, ...WHOLE, [variable]: value }),
      new RegExp(`^Error: ${variable}:`),
    ));
