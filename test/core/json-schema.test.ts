import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test, { describe } from "node:test";
import { Ajv, type ValidateFunction } from "ajv";
import * as v from "valibot";
import { parseAllDocuments } from "yaml";
import { publishedSchema, schemaNames } from "../../lib/core/kind-schemas.ts";
import { KINDS, type Kind } from "../../lib/core/objects.ts";
import { CI, GOOD, OKTA, SCOPE, SRE } from "../rules/configuration.ts";
import { ROOT } from "../source.ts";

const ajv = new Ajv({
  strict: true,
  strictRequired: false,
  allErrors: true,
  formats: { uri: (text) => URL.canParse(text) },
});
const validators = new Map<string, ValidateFunction>(
  schemaNames().map((name) => [name, ajv.compile(publishedSchema(name) ?? {})]),
);
const bySchema = (kind: string, object: unknown): boolean =>
  validators.get(kind.toLowerCase())?.(object) === true;
const byValibot = (kind: Kind, object: unknown): boolean => v.safeParse(KINDS[kind], object).success;

const kinds = Object.keys(KINDS) as Kind[];
type Row = readonly [what: string, object: Readonly<Record<string, unknown>>, good: boolean];

const settings = { kind: "Settings" };
const TEST = {
  kind: "Test",
  id: "x",
  who: { connection: "okta" },
  expect: [{ account: "111111111111", role: "Admin", granted: true }],
};
const rows: readonly Row[] = [
  ...GOOD.map(
    (object, index): Row => [`${object.kind} ${object.id ?? object.name} (${index})`, object, true],
  ),
  ["settings of nothing", settings, true],
  ["settings with a field of nobody's", { ...settings, organisation: "x" }, false],
  ["settings with too short a session", { ...settings, sessionSeconds: 899 }, false],
  ["settings with half a second", { ...settings, sessionSeconds: 900.5 }, false],
  ["settings with a text for a number", { ...settings, sessionSeconds: "3600" }, false],
  ["settings with an address that is none", { ...settings, graph: "graph" }, false],
  ["a rule of no connection", { ...SRE, connection: undefined }, false],
  ["a rule of several connections", { ...SRE, connection: ["okta", "entra"] }, true],
  ["a rule of an empty list of connections", { ...SRE, connection: [] }, false],
  ["a rule of every connection", { ...SRE, connection: "*" }, true],
  ["a rule with an effect of nobody's", { ...SRE, effect: "permit" }, false],
  ["a rule without conditions", { ...SRE, when: [] }, true],
  ["a rule with a condition of two words", { ...SRE, when: [{ claim: "g", equals: "a", in: ["b"] }] }, false],
  ["a rule with a condition on nothing", { ...SRE, when: [{ equals: "a" }] }, false],
  [
    "a rule with nested conditions",
    { ...SRE, when: [{ any: [{ not: { mfa: true } }, { claim: "g", exists: true }] }] },
    true,
  ],
  ["a rule with an empty any", { ...SRE, when: [{ any: [] }] }, false],
  ["a rule with a bad nested condition", { ...SRE, when: [{ all: [{ not: { mfa: "yes" } }] }] }, false],
  [
    "a rule with a time of day",
    { ...SRE, when: [{ timeWindow: { zone: "Asia/Tokyo", from: "09:00", until: "18:00" } }] },
    true,
  ],
  [
    "a rule with a time that is none",
    { ...SRE, when: [{ timeWindow: { zone: "Asia/Tokyo", from: "9:00", until: "18:00" } }] },
    false,
  ],
  [
    "a rule with an account of 11 digits",
    { ...SRE, grant: { roles: ["A"], accounts: ["11111111111"] } },
    false,
  ],
  [
    "a rule with an account as a number",
    { ...SRE, grant: { roles: ["A"], accounts: [111111111111] } },
    false,
  ],
  [
    "a rule with an OU and a tag",
    { ...SRE, grant: { roles: ["A"], accounts: ["ou:/prod/**", "tag:env=prod"] } },
    true,
  ],
  ["a rule with a right of nobody's", { ...SRE, grant: { broker: ["root"] } }, false],
  ["a rule with an id in capitals", { ...SRE, id: "SRE" }, false],
  ["a rule with an id of 49", { ...SRE, id: "a".repeat(49) }, false],
  ["a connection with an id in capitals", { ...OKTA, id: "OKTA" }, false],
  ["a connection of no protocol", { ...OKTA, protocol: undefined }, false],
  [
    "a connection with both kinds of metadata",
    { ...OKTA, metadata: { url: "https://a.example", file: "x" } },
    false,
  ],
  [
    "a connection with a secret as a value",
    { ...CI, purpose: "people", clientId: "x", clientSecret: "hush", audiences: undefined },
    false,
  ],
  ["a workload without an audience", { ...CI, audiences: [] }, false],
  ["a workload with an algorithm of nobody's", { ...CI, algorithms: ["none"] }, false],
  ["a workload that pins one value or several", { ...CI, pinned: { a: "b", c: ["d"] } }, true],
  ["a scope whose parameter is not a name", { ...SCOPE, parameters: { "Not-a-name": "x" } }, false],
  [
    "a scope with a policy of another language",
    { ...SCOPE, policy: { Version: "2008-10-17", Statement: [{}] } },
    false,
  ],
  ["a test of somebody described", TEST, true],
  ["a test of a person", { ...TEST, who: { person: "okta/00u1/x", at: "2026-12-31T18:00:00Z" } }, true],
  ["a test of a person without a connection", { ...TEST, who: { person: "00u1" } }, false],
  ["a test of a person with claims", { ...TEST, who: { person: "okta/00u1", claims: {} } }, false],
  ["a test of nobody", { ...TEST, who: {} }, false],
  [
    "a test of several roles",
    { ...TEST, expect: [{ accounts: ["ou:/**"], roles: ["*"], granted: false }] },
    true,
  ],
  [
    "a test of several roles to have",
    { ...TEST, expect: [{ accounts: ["ou:/**"], roles: ["*"], granted: true }] },
    false,
  ],
  ["an object of another kind", { ...SRE, kind: "Rules" }, false],
];

describe("the schema that is published and the one that checks", () => {
  for (const [what, written, good] of rows) {
    const object = JSON.parse(JSON.stringify(written));
    const kind = kinds.find((one) => one === object.kind) ?? "Rule";
    test(`say ${good ? "yes" : "no"} to ${what}`, () => {
      assert.equal(byValibot(kind, object), good, "the one that checks");
      assert.equal(bySchema(kind, object), good, "the published one");
      assert.equal(bySchema("config", object), good, "the published one of all kinds");
    });
  }

  test("know the same fields of every kind", () => {
    for (const kind of kinds) {
      const told = JSON.stringify(publishedSchema(kind.toLowerCase()));
      const options = kind === "Connection" ? KINDS.Connection.options : [KINDS[kind]];
      const fields = options.flatMap(({ entries }) => Object.keys(entries));
      assert.deepEqual(
        fields.filter((field) => !told.includes(`"${field}":`)),
        [],
        kind,
      );
    }
  });
});

/** Objects that a document or the seed shows, whole ones: those that begin with their kind. */
const examples = [
  ...globSync("infra/local/seed/*.yaml", { cwd: ROOT }).map(
    (path) => [path, readFileSync(join(ROOT, path), "utf8")] as const,
  ),
  ...globSync("{docs/**/*.md,docs/examples/**/*.yaml}", { cwd: ROOT }).flatMap((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    const blocks = path.endsWith(".md")
      ? [...text.matchAll(/^```ya?ml\n(.*?)^```/gms)].map(([, one]) => one ?? "")
      : [text];
    return blocks.filter((block) => /^kind: /m.test(block)).map((block) => [path, block] as const);
  }),
];

test("every example in the documents and the seed is what the schemas take", (t) => {
  const found = examples.flatMap(([path, text]) =>
    parseAllDocuments(text).map((one) => [path, one.toJS() as Record<string, unknown>] as const),
  );
  for (const [path, object] of found) {
    const kind = String(object.kind);
    const validator = validators.get(kind.toLowerCase());
    assert.ok(
      validator?.(object),
      `${path}: ${kind} ${object.id ?? object.name}: ${ajv.errorsText(validator?.errors)}`,
    );
  }
  const seen = new Set(found.map(([, { kind }]) => kind));
  assert.deepEqual(
    kinds.filter((kind) => !seen.has(kind)),
    [],
  );
  assert.ok(found.length > 40, `${found.length} are too few to be all`);
  t.diagnostic(`${found.length} examples`);
});
