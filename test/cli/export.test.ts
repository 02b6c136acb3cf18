import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { after, before, describe } from "node:test";
import fc from "fast-check";
import { readConfigFiles } from "../../cli/config-files.ts";
import { type ConfigObject, exportFiles } from "../../cli/export-files.ts";
import { handler } from "../../functions/admin.ts";
import { diff } from "../../lib/rules/diff.ts";
import { close, open, seed, sre } from "../functions/administered.ts";
import { folder, sekisho, serve } from "./run.ts";

const written = (path: string, files: ReadonlyMap<string, string>): void => {
  for (const [name, text] of files) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
};

/** Reads exported files back, as `apply` does. */
function readBack(files: ReadonlyMap<string, string>): readonly ConfigObject[] {
  const path = mkdtempSync(join(tmpdir(), "sekisho-"));
  try {
    written(path, files);
    const { objects, problems } = readConfigFiles(path);
    assert.deepEqual(problems, []);
    return objects as ConfigObject[];
  } finally {
    rmSync(path, { recursive: true });
  }
}

/** Texts that a careless writer of YAML gets wrong, and any others. */
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.constantFrom(
    "yes",
    "no",
    "null",
    "~",
    "111111111111",
    "0x1f",
    "1e3",
    "2026-11-22",
    "12:30",
    "<<",
    "- a",
    "a: b",
  ),
  fc.constantFrom(
    " lead",
    "trail ",
    "a\nb",
    "a\nb\n",
    "\n",
    "\r\n",
    "\t",
    "# no comment",
    "'",
    '"',
    "\\",
    "*a",
    "&a",
  ),
  fc.constantFrom(
    "!tag",
    "%YAML",
    "---",
    "...",
    "@",
    "`",
    "{a}",
    "[a]",
    "|",
    ">",
    "?",
    "\u0085",
    "\u2028",
    "\ufeff",
    "\u0000",
  ),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    text,
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      tie("any"),
      { maxKeys: 3 },
    ),
  ),
})).any;
const id = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}[a-z0-9]$/);
const object = fc.record({
  kind: fc.constantFrom("Connection", "Account", "Role", "Rule", "Scope", "Settings"),
  id,
  name: text,
  accounts: fc.array(text, { maxLength: 2 }),
  metadata: fc.option(fc.record({ xml: fc.string({ unit: "grapheme" }) }), { nil: undefined }),
  claims: value,
});
const configuration = fc.uniqueArray(object, {
  minLength: 1,
  maxLength: 8,
  selector: ({ kind, id }) => `${kind} ${id}`,
});

describe("an export", () => {
  test("of any configuration is read back as it is published: a plan shows no changes", () => {
    fc.assert(
      fc.property(configuration, (objects) => {
        const live = JSON.parse(JSON.stringify(objects)) as ConfigObject[];
        assert.deepEqual(diff(live, readBack(exportFiles(live, "https://broker.example.com"))), []);
      }),
      { numRuns: 300 },
    );
  });

  test("is the same bytes in whatever order objects and fields come", () => {
    const turned = (one: unknown): unknown => {
      if (Array.isArray(one)) return one.map(turned);
      if (typeof one !== "object" || one === null) return one;
      return Object.fromEntries(
        Object.entries(one)
          .reverse()
          .map(([name, inner]) => [name, turned(inner)]),
      );
    };
    fc.assert(
      fc.property(configuration, (objects) => {
        const live = JSON.parse(JSON.stringify(objects)) as ConfigObject[];
        const other = live.toReversed().map(turned) as ConfigObject[];
        assert.deepEqual([...exportFiles(other)], [...exportFiles(live)]);
      }),
      { numRuns: 100 },
    );
  });

  test("of very many rules spreads them over files, and one that is added moves no other", () => {
    const rules = Array.from({ length: 3000 }, (_, index) => ({
      kind: "Rule",
      id: `rule-${index}`,
      effect: "allow",
    }));
    const before = exportFiles(rules);
    const after = exportFiles([{ kind: "Rule", id: "another", effect: "allow" }, ...rules]);
    assert.equal(before.size, 256);
    assert.equal([...after].filter(([path, written]) => before.get(path) !== written).length, 1);
    assert.deepEqual(diff(rules, readBack(before)), []);
  });
});

describe("sekisho export", () => {
  let broker: Awaited<ReturnType<typeof serve>>;
  let environment: Record<string, string>;
  const xml = "<EntityDescriptor>\r\n</EntityDescriptor>";
  const objects = [
    ...seed,
    { kind: "Connection", id: "files", protocol: "saml", subject: "nameId", metadata: { xml } },
  ];
  before(async () => {
    await open();
    const done = await handler({ sekisho: "apply", objects, author: "first" });
    assert.equal((done as { outcome: string }).outcome, "published", JSON.stringify(done));
    broker = await serve(handler);
    environment = { SEKISHO_URL: broker.url, SEKISHO_TOKEN: await sre() };
  });
  after(async () => {
    await broker[Symbol.asyncDispose]();
    await close();
  });
  const exporting = (path: string) => sekisho(["export", "-d", path], environment);
  const bytesOf = (path: string) =>
    readdirSync(path, { recursive: true, encoding: "utf8" })
      .sort()
      .filter((name) => /\.(?:yaml|xml)$/.test(name))
      .map((name) => [name, readFileSync(join(path, name), "utf8")]);

  test("writes what plan finds nothing to change in, and twice the same bytes", async () => {
    using files = folder({});
    assert.equal((await exporting(files.path)).code, 0);
    const first = bytesOf(files.path);
    const planned = await sekisho(["plan", "-f", files.path], environment);
    assert.match(planned.out, /no changes/, planned.out);
    assert.equal(planned.code, 0);
    assert.equal((await exporting(files.path)).code, 0);
    assert.deepEqual(bytesOf(files.path), first);
    assert.equal(readFileSync(join(files.path, "metadata/files.xml"), "utf8"), xml);
    const [schema] = readFileSync(join(files.path, "rules.yaml"), "utf8").split("\n");
    assert.equal(schema, `# yaml-language-server: $schema=${broker.url}/api/schema/rule.json`);
  });

  test("removes what an export wrote and is gone, and touches nothing else", async () => {
    const exported = "# Written by `sekisho export`.\n";
    using files = folder({ "rules/aa.yaml": exported, "README.md": "ours", ".github/ci.yaml": "ours" });
    assert.equal((await exporting(files.path)).code, 0);
    assert.equal(existsSync(join(files.path, "rules/aa.yaml")), false);
    assert.equal(readFileSync(join(files.path, ".github/ci.yaml"), "utf8"), "ours");
  });

  test("writes nothing where a file stands in the way that no export wrote", async () => {
    using files = folder({ "rules.yaml": "kind: Rule\n" });
    const ran = await exporting(files.path);
    assert.equal(ran.code, 1);
    assert.match(ran.err, /rules\.yaml was not written by an export/);
    assert.deepEqual(readdirSync(files.path), ["rules.yaml"]);
  });
});
