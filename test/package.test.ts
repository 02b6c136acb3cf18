import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { before } from "node:test";
import { bundle, functionNames, ROOT } from "../infra/build.ts";
import { type Deployment, readDeployment } from "../infra/local/routes.ts";
import { packageService } from "../infra/package.ts";

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}
interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

let resources: Readonly<Record<string, Resource>>;
let deployment: Deployment;

/** The zips of each of two times. */
const rounds: Readonly<Record<string, Buffer>>[] = [];

before(async () => {
  const packaged = mkdtempSync(join(tmpdir(), "sekisho-package-"));
  for (const _ of ["once", "twice"]) {
    await packageService(packaged);
    const zips = readdirSync(packaged).filter((name) => name.endsWith(".zip"));
    rounds.push(Object.fromEntries(zips.map((name) => [name, readFileSync(join(packaged, name))])));
  }
  const file = join(packaged, "cloudformation-template-update-stack.json");
  resources = JSON.parse(readFileSync(file, "utf8")).Resources;
  rmSync(packaged, { recursive: true });
  deployment = readDeployment(readFileSync(join(ROOT, "serverless.yml"), "utf8"));
});

const zipOf = (name: string): Buffer => {
  const zip = rounds[0]?.[`${name}.zip`];
  assert.ok(zip, `${name} has no zip`);
  return zip;
};

const ofType = (type: string): [name: string, properties: Readonly<Record<string, unknown>>][] =>
  Object.entries(resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([name, resource]) => [name, resource.Properties]);
const propertiesOf = (name: string): Readonly<Record<string, unknown>> => {
  const found = resources[name];
  assert.ok(found, `the template has no ${name}`);
  return found.Properties;
};
const logical = (name: string): string => name[0]?.toUpperCase() + name.slice(1);

const statementsOf = (name: string): readonly Statement[] => {
  const role = propertiesOf(`${logical(name)}Role`) as {
    Policies: { PolicyDocument: { Statement: Statement[] } }[];
  };
  return role.Policies.flatMap((policy) => policy.PolicyDocument.Statement);
};
const actionsOf = ({ Action }: Statement): readonly string[] =>
  typeof Action === "string" ? [Action] : Action;

test("the template has every function, with a role of its own", () => {
  const functions = ofType("AWS::Lambda::Function");
  assert.equal(functions.length, functionNames().length);
  const roles = functions.map(([, properties]) => JSON.stringify(properties.Role));
  assert.equal(new Set(roles).size, functions.length);
  for (const name of functionNames()) {
    const properties = propertiesOf(`${logical(name)}LambdaFunction`);
    assert.deepEqual(properties.Role, { "Fn::GetAtt": [`${logical(name)}Role`, "Arn"] });
    assert.equal(properties.Runtime, "nodejs24.x");
    assert.deepEqual(properties.Architectures, ["arm64"]);
  }
  assert.equal(ofType("AWS::IAM::Role").length, functionNames().length);
});

test("the template has every route, and no other", () => {
  const made = ofType("AWS::ApiGatewayV2::Route").map(([, properties]) => properties.RouteKey);
  assert.deepEqual(made.sort(), deployment.routes.map(({ key }) => key).sort());
  assert.ok(made.length > 30);
});

test("packaging twice makes the same zips, byte for byte", (t) => {
  const hashes = rounds.map((zips) =>
    Object.entries(zips).map(
      ([name, bytes]) => `${name} ${createHash("sha256").update(bytes).digest("hex")}`,
    ),
  );
  assert.deepEqual(hashes[0], hashes[1]);
  assert.equal(hashes[0]?.length, functionNames().length);
  for (const name of functionNames()) t.diagnostic(`${name}.zip: ${zipOf(name).length} bytes`);
});

test("a zip holds its function and nothing of others", () => {
  for (const name of functionNames()) {
    const entries = zipEntries(zipOf(name));
    assert.ok(entries.includes(`dist/${name}.mjs`), `${name}.zip has no handler`);
    const assets = entries.filter((entry) => entry.startsWith("web/assets/"));
    assert.equal(assets.length > 0, name === "metadata");
    const foreign = entries.filter(
      (entry) => entry !== `dist/${name}.mjs` && !entry.startsWith(`dist/${name}/`),
    );
    assert.deepEqual(foreign, assets);
  }
});

/** Names in a zip's central directory. */
function zipEntries(zip: Buffer): string[] {
  const end = zip.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1"));
  let at = zip.readUInt32LE(end + 16);
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    const length = zip.readUInt16LE(at + 28);
    const name = zip.toString("utf8", at + 46, at + 46 + length);
    at += 46 + length + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    return name;
  });
}

test("every right on the table is bounded by key prefix, and none may scan", () => {
  for (const name of functionNames()) {
    for (const statement of statementsOf(name)) {
      const onTable = actionsOf(statement).filter((action) => action.startsWith("dynamodb:"));
      if (onTable.length === 0) continue;
      const prefixes = prefixesOf(statement);
      assert.ok(prefixes.length > 0, `${name} ${statement.Sid} is not bounded`);
      assert.ok(!prefixes.some((prefix) => prefix.startsWith("*")), `${name} ${statement.Sid} reaches all`);
      assert.equal(statement.Condition?.Null?.["dynamodb:LeadingKeys"], "false");
      const harmless = [
        "GetItem",
        "BatchGetItem",
        "Query",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "BatchWriteItem",
      ];
      for (const action of onTable) assert.ok(harmless.includes(action.slice(9)), `${name} may ${action}`);
    }
  }
});

test("a role may ask nothing of the table that its code cannot ask", async () => {
  for (const name of functionNames()) {
    const { outputs } = (await bundle(name)).metafile;
    const inputs = Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    );
    const commands = inputs.flatMap((path) => /client-dynamodb\/.*\/(\w+)Command\.js$/.exec(path)?.[1] ?? []);
    assert.ok(commands.includes("GetItem"), `${name}: the metafile does not tell which commands there are`);
    const granted = statementsOf(name)
      .flatMap(actionsOf)
      .filter((action) => action.startsWith("dynamodb:"));
    assert.deepEqual(
      granted.filter((action) => !commands.includes(action.slice(9))),
      [],
      name,
    );
  }
});

test("no right reaches everything", () => {
  for (const name of functionNames()) {
    for (const statement of statementsOf(name)) {
      assert.equal(statement.Effect, "Allow");
      assert.notEqual(statement.Resource, "*", `${name} ${statement.Sid}`);
      assert.ok(!actionsOf(statement).some((action) => action.includes("*")), `${name} ${statement.Sid}`);
    }
  }
});

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

function namesIn(cell: string): string[] {
  return cell === "nobody" ? [] : cell.split(", ").sort();
}

test("docs/storage.md lists every class of keys", () => {
  assert.equal(storage.length, 14);
  const granted = functionNames().flatMap((name) => statementsOf(name).flatMap(prefixesOf));
  const unlisted = granted.filter((prefix) => !storage.some(({ key }) => covers(prefix, key)));
  assert.deepEqual(
    unlisted.filter((prefix) => !prefix.startsWith("KEY#")),
    [],
  );
});

for (const { key, writers, readers } of storage) {
  test(`${key} is written by ${writers.join(", ")} and read by ${readers.join(", ") || "nobody"}`, () => {
    const who = (verbs: RegExp) =>
      functionNames().filter((name) => statementsOf(name).some((one) => may(one, verbs, key)));
    assert.deepEqual(who(/^dynamodb:(?:Put|Update|Delete|BatchWrite)/).sort(), writers);
    assert.deepEqual(who(/^dynamodb:(?:Get|BatchGet|Query)/).sort(), readers);
  });
}

const prefixesOf = (statement: Statement): string[] =>
  [statement.Condition?.["ForAllValues:StringLike"]?.["dynamodb:LeadingKeys"] ?? []].flat();

const covers = (prefix: string, key: string): boolean =>
  prefix.endsWith("*") ? key.startsWith(prefix.slice(0, -1)) : key === prefix;

/** Keys of purposes are bounded one by one; any of them counts as the class. */
const may = (statement: Statement, verbs: RegExp, key: string): boolean =>
  actionsOf(statement).some((action) => verbs.test(action)) &&
  prefixesOf(statement).some(
    (prefix) => covers(prefix, key) || (key === "KEY#x" && prefix.startsWith("KEY#")),
  );

/** Who uses a key is said by its policy alone: no role's own policy names KMS. */
const KEY_USERS = [
  ["IssuerAwsKey", "kms:Sign", "CredentialsRole"],
  ["SpSignKey", "kms:Sign", "SigninRole"],
  ["SpDecryptKey", "kms:Decrypt", "SigninRole"],
] as const;
for (const [key, action, role] of KEY_USERS)
  test(`${key} is used by ${role} alone, for ${action}`, () => {
    const { Statement } = propertiesOf(key).KeyPolicy as { Statement: Record<string, unknown>[] };
    const [administration, use, ...others] = Statement;
    assert.ok(!JSON.stringify(administration).match(/kms:(?:Sign|Decrypt|\*|CreateGrant|ReEncrypt)/));
    assert.equal(use?.Action, action);
    assert.deepEqual(use?.Principal, { AWS: { "Fn::GetAtt": [role, "Arn"] } });
    // What is left is the operator's, who makes the certificates, while the deploy parameter names one.
    for (const other of others) assert.equal((other["Fn::If"] as unknown[])[0], "HasKeyOperator");
    for (const name of functionNames()) assert.ok(!JSON.stringify(statementsOf(name)).includes("kms:"));
  });
