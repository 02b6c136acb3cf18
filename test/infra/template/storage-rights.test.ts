import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { before } from "node:test";
import { functionNames, ROOT } from "../../../infra/build.ts";
import { resolve } from "./cloudformation.ts";
import { propertiesOf, readPackage, type Template } from "./packaged.ts";
import { AUDIT_PLACES, type Right, rightsOf } from "./rights.ts";

let template: Template;
let rights: readonly Right[];
before(async () => {
  ({ template } = await readPackage());
  rights = functionNames().flatMap((name) => rightsOf(template, name));
});

const namesIn = (cell: string): string[] => (cell === "nobody" ? [] : cell.split(", ").sort());

/** Rows of docs/storage.md: a key of the class, who writes it, who reads it. */
const storage = readFileSync(join(ROOT, "docs/storage.md"), "utf8")
  .split("\n")
  .filter((line) => /^\| `[A-Z]+/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, pk = "", , , writers = "", readers = ""]) => ({
    key: pk.replaceAll("`", "").replace(/#.*/, "#x"),
    writers: namesIn(writers),
    readers: namesIn(readers),
  }));

const covers = (prefix: string, key: string): boolean =>
  prefix.endsWith("*") ? key.startsWith(prefix.slice(0, -1)) : key === prefix;
/** Keys of purposes are bounded one by one; any of them counts as the class. */
const isOn = ({ on }: Right, key: string): boolean =>
  covers(on, key) || (key === "KEY#x" && on.startsWith("KEY#"));

test("docs/storage.md lists every class of keys", () => {
  assert.equal(storage.length, 23);
  const onTable = rights.filter(({ action }) => action.startsWith("dynamodb:"));
  assert.ok(onTable.length > 50);
  const unlisted = onTable.filter((right) => !storage.some(({ key }) => isOn(right, key)));
  assert.deepEqual(unlisted, []);
});

for (const { key, writers, readers } of storage)
  test(`${key} is written by ${writers.join(", ")} and read by ${readers.join(", ") || "nobody"}`, () => {
    const who = (verbs: RegExp): string[] => {
      const may = rights.filter((right) => verbs.test(right.action) && isOn(right, key));
      return [...new Set(may.map(({ functionName }) => functionName))].sort();
    };
    assert.deepEqual(who(/^dynamodb:(?:Put|Update|Delete|BatchWrite)/), writers);
    assert.deepEqual(who(/^dynamodb:(?:Get|BatchGet|Query)/), readers);
  });

/** Who uses a key is said by its policy alone: no role's own policy names KMS. */
const KEY_USERS = [
  ["IssuerAwsKey", "kms:Sign", "credentials"],
  ["SpSignKey", "kms:Sign", "signin"],
  ["SpDecryptKey", "kms:Decrypt", "signin"],
] as const;
for (const [first, action, user] of KEY_USERS)
  for (const key of [first, `${first}B`])
    test(`${key} is used by ${user} alone, for ${action}`, () => {
      const { Statement } = propertiesOf(template, key).KeyPolicy as { Statement: Record<string, unknown>[] };
      const [administration, use, ...others] = Statement;
      assert.ok(!JSON.stringify(administration).match(/kms:(?:Sign|Decrypt|\*|CreateGrant|ReEncrypt)/));
      const users = rights.filter(({ on }) => on === key);
      assert.deepEqual(users, [{ functionName: user, action, on: key }]);
      assert.ok(use?.Condition, "not for anything");
      // What is left is the operator's, who makes the certificates, while the deploy parameter names one.
      assert.ok(others.length <= 1);
      for (const other of others) assert.equal((other["Fn::If"] as unknown[])[0], "HasKeyOperator");
    });

for (const key of ["AuditKey", "AuditKeyB"])
  test(`${key} is used by worker alone, to sign and to say which key it is`, () => {
    const { Statement } = propertiesOf(template, key).KeyPolicy as { Statement: Record<string, unknown>[] };
    const [administration, use, ...others] = Statement;
    assert.ok(!JSON.stringify(administration).match(/kms:(?:Sign|Decrypt|\*|CreateGrant|ReEncrypt)/));
    const users = rights.filter(({ on }) => on === key);
    assert.deepEqual(
      users.map(({ functionName, action }) => `${functionName} ${action}`),
      ["worker kms:Sign", "worker kms:GetPublicKey"],
    );
    assert.ok(use?.Condition, "not for anything");
    assert.equal(others.length, 1);
  });

test("of two audit keys the first one that the parameter names seals", () => {
  const { Environment } = propertiesOf(template, "WorkerLambdaFunction") as {
    Environment: { Variables: Record<string, unknown> };
  };
  const refs = { AuditKey: "a", AuditKeyB: "b" };
  for (const AuditKeys of ["a", "ab", "ba", "b"])
    assert.equal(
      resolve({ ...template }, Environment.Variables.SEKISHO_AUDIT_KEY, { refs: { ...refs, AuditKeys } }),
      AuditKeys[0],
    );
});

/** What a function may do outside of the table and its keys, in a deployment with these parameters. */
const outside = (parameters: Readonly<Record<string, string>>): string[] =>
  functionNames()
    .flatMap((name) => rightsOf(template, name, parameters))
    .filter(({ action }) => /^(?:events|s3|kms):/.test(action))
    .filter(({ action, on }) => !action.startsWith("kms:") || !isOurs(on))
    .map(({ functionName, action, on }) => `${functionName} ${action} ${on}`);
/** A key of the broker's own, whose policy names its users. */
const isOurs = (on: string): boolean => /^\w+Key(?:B)?$/.test(on);

test("without a bus and a bucket nobody may write outside, and with one to that alone", () => {
  const [AuditBusArn, AuditBucketArn, AuditBucketKeyArn] = ["none", "none", "none"];
  const object = "worker s3:PutObject arn:aws:s3:::acme-archive/sekisho-trail/999999999999/sekisho-prod/*";
  assert.deepEqual(outside({ AuditBusArn, AuditBucketArn }), []);
  assert.deepEqual(outside({ AuditBucketArn }), [`worker events:PutEvents ${AUDIT_PLACES.AuditBusArn}`]);
  assert.deepEqual(outside({ AuditBusArn, AuditBucketKeyArn }), [object]);
  // A key that is named without a bucket is nobody's to use.
  assert.deepEqual(outside({ AuditBusArn }), [
    object,
    `worker kms:GenerateDataKey ${AUDIT_PLACES.AuditBucketKeyArn}`,
  ]);
});

test("no role's own policy names KMS, but the worker's the archive's key, to encrypt what is new through S3", () => {
  const named = rights.filter(({ action, on }) => action.startsWith("kms:") && !isOurs(on));
  const on = AUDIT_PLACES.AuditBucketKeyArn;
  assert.deepEqual(named, [{ functionName: "worker", action: "kms:GenerateDataKey", on }]);
});
