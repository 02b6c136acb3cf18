import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { functionNames, ROOT } from "../../../infra/build.ts";
import { AUDIT_KEY } from "../../../infra/local/environment.ts";
import { openPackaged, type Packaged } from "../../lambda/packaged.ts";
import { type Asked, type AuditPlaces, startAuditPlaces } from "../../support/audit-places.ts";
import { type Overheard, openEars } from "./overhear.ts";
import { logical, propertiesOf, type Template } from "./packaged.ts";
import { AUDIT_PLACES, brokerKeys, exercises, isAllowed, type Right, rightsOf } from "./rights.ts";
import { useEverything } from "./whole-use.ts";

const ears = openEars();
let packaged: Packaged;
let places: AuditPlaces;
let template: Template;
let requests: readonly Overheard[];
before(async () => {
  const { AuditBusArn: bus, AuditBucketOwner, AuditBucketRegion, AuditBucketKeyArn } = AUDIT_PLACES;
  const owned = {
    bucketOwner: AuditBucketOwner,
    bucketRegion: AuditBucketRegion,
    bucketKey: AuditBucketKeyArn,
  };
  places = await startAuditPlaces({ bus, bucket: "acme-archive", ...owned });
  const outside = { AWS_ENDPOINT_URL_EVENTBRIDGE: places.url, AWS_ENDPOINT_URL_S3: places.url };
  packaged = await openPackaged({
    parameters: AUDIT_PLACES,
    endpoints: async (name, local) => ({ ...(await ears.endpointsOf(name, local)), ...outside }),
  });
  await useEverything(packaged);
  const { keys } = (await packaged.lambda.invoke("admin", { sekisho: "list-keys" })) as {
    keys: { purpose: string; keyId: string }[];
  };
  template = packaged.template as unknown as Template;
  const named = new Map(keys.map(({ purpose, keyId }) => [keyId, `${camel(purpose)}Key`]));
  named.set(AUDIT_KEY, "AuditKey");
  requests = [
    ...ears.heard.map((one) => (one.keyId === undefined ? one : { ...one, key: named.get(one.keyId) ?? "" })),
    ...places.asked.map(askedOutside),
    ...places.asked.flatMap(askedByS3),
  ];
});
/** Nobody but the worker has these; who else asked would be refused. */
const askedOutside = ({ operation, resource, owner }: Asked): Overheard => ({
  functionName: "worker",
  action: `${operation === "PutEvents" ? "events" : "s3"}:${operation}`,
  resource,
  context: owner === undefined ? {} : { "aws:ResourceAccount": owner },
});
/** What S3 asks of KMS on behalf of whoever writes an object with a key. */
const askedByS3 = ({ key, region = "" }: Asked): Overheard[] =>
  key === undefined
    ? []
    : [
        {
          functionName: "worker",
          action: "kms:GenerateDataKey",
          resource: key,
          context: { "kms:ViaService": `s3.${region}.amazonaws.com` },
        },
      ];
after(async () => {
  await packaged?.stop();
  await places?.stop();
  await ears.stop();
});
const camel = (purpose: string): string =>
  purpose.replace(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());

const told = ({ functionName, action, on }: Right): string => `${functionName} ${action} ${on}`;

test("every request was understood, and everybody asked for something", (t) => {
  assert.deepEqual(ears.deaf, []);
  for (const name of functionNames()) {
    const count = requests.filter(({ functionName }) => functionName === name).length;
    t.diagnostic(`${name}: ${count} requests`);
    assert.ok(count > 0, name);
  }
});

test("whatever was asked is allowed", () => {
  const refused = requests.filter((one) => !isAllowed(template, one));
  assert.deepEqual(refused, []);
});

/** Rights that no way through the functions shows here, and the line for which each is there. */
const UNSEEN: readonly [functionName: string, action: string, on: string, file: string, line: string][] = [
  // The random value is written by whoever is first, and here that is always `signin`.
  ["credentials", "dynamodb:PutItem", "PEPPER", "lib/store/people.ts", 'putIf(table, toItem("PEPPER"'],
  ["admin", "dynamodb:PutItem", "PEPPER", "lib/store/people.ts", 'putIf(table, toItem("PEPPER"'],
];
const isUnseen = ({ functionName, action, on }: Right): boolean =>
  UNSEEN.some((row) => row[0] === functionName && row[1] === action && row[2] === on);

/** Lambda itself writes what a function prints. */
const ofLambda = ({ functionName, action, on }: Right): boolean =>
  ["logs:CreateLogStream", "logs:PutLogEvents"].includes(action) &&
  on === `${logical(functionName)}LogGroup:*`;

/** The second key of a purpose has the first one's policy, word for word. */
const ofFirstSlot = (right: Right): Right =>
  right.action.startsWith("kms:") ? { ...right, on: right.on.replace(/KeyB$/, "Key") } : right;

for (const name of functionNames())
  test(`${name} may do nothing that it does not do`, (t) => {
    const rights = rightsOf(template, name);
    for (const { action, on } of rights) t.diagnostic(`${action} ${on}`);
    const unused = rights
      .map(ofFirstSlot)
      .filter((right) => !ofLambda(right) && !isUnseen(right))
      .filter((right) => !requests.some((one) => exercises(right, one)));
    assert.deepEqual(unused.map(told), []);
    assert.ok(rights.length >= 5);
  });

test("both keys of a purpose are used by the same roles for the same thing", () => {
  const keys = brokerKeys(template);
  assert.deepEqual(
    keys.sort(),
    ["AuditKey", "IssuerAwsKey", "SpDecryptKey", "SpSignKey"].flatMap((key) => [key, `${key}B`]).sort(),
  );
  for (const key of keys)
    assert.deepEqual(propertiesOf(template, key), propertiesOf(template, key.replace(/B$/, "")));
});

test("a right that is not seen is there for a line that exists, and is really not seen", () => {
  for (const [functionName, action, on, file, line] of UNSEEN) {
    const right = { functionName, action, on };
    assert.ok(readFileSync(join(ROOT, file), "utf8").includes(line), `${file} has no ${line}`);
    assert.ok(
      rightsOf(template, functionName).some((one) => told(one) === told(right)),
      told(right),
    );
    assert.ok(!requests.some((one) => exercises(right, one)), `${told(right)} is seen`);
  }
});

/** One right more or less: the comparison must tell. */
const CHANGES: readonly [what: string, from: string, to: string, tells: "refused" | "unused"][] = [
  ["a right that is missing", '"REPLAY#*"', '"REPLAX#*"', "refused"],
  ["a prefix too many", '"REPLAY#*"', '"REPLAY#*","GRANT#*"', "unused"],
  ["an action too many", '"dynamodb:DeleteItem"', '["dynamodb:DeleteItem","dynamodb:Query"]', "unused"],
  [
    "a bound that no request meets",
    '"dynamodb:LeadingKeys":"false"',
    '"dynamodb:LeadingKeys":"true"',
    "refused",
  ],
  ["a signature over whole messages", '"kms:MessageType":"DIGEST"', '"kms:MessageType":"RAW"', "refused"],
  ["another algorithm of decryption", '"RSAES_OAEP_SHA_1"', '"RSAES_PKCS1"', "refused"],
  ["a bucket of another account", '"Ref":"AuditBucketOwner"', '"Ref":"AWS::AccountId"', "refused"],
  [
    "every bus",
    '"Ref":"AuditBusArn"}},{"Ref":"AWS::NoValue"',
    '"Ref":"AuditBucketArn"}},{"Ref":"AWS::NoValue"',
    "refused",
  ],
  ["the archive's key past S3", '"kms:ViaService"', '"kms:CallerAccount"', "refused"],
  ["secrets of others", "secret:sekisho/*", "secret:other/*", "refused"],
];
for (const [what, from, to, tells] of CHANGES)
  test(`${what} is told`, () => {
    const text = JSON.stringify(template);
    assert.ok(text.includes(from), `the template has no ${from}`);
    const changed = JSON.parse(text.replaceAll(from, to)) as Template;
    const refused = requests.filter((one) => !isAllowed(changed, one));
    const unused = functionNames()
      .flatMap((name) => rightsOf(changed, name))
      .filter((right) => !isUnseen(right) && !ofLambda(right))
      .filter((right) => !requests.some((one) => exercises(ofFirstSlot(right), one)));
    assert.ok((tells === "refused" ? refused : unused).length > 0);
  });
