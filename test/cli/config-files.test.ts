import assert from "node:assert/strict";
import test from "node:test";
import { readConfigFiles } from "../../cli/config-files.ts";
import { lint } from "../../lib/rules/lint.ts";
import { parseObjects } from "../../lib/rules/parse.ts";
import { folder } from "./run.ts";
import { ACCOUNTS, RULES } from "./small.ts";

/** Reads files as `plan` does and lets them be judged as the broker does; each problem as `plan` prints it. */
function judged(files: Readonly<Record<string, string>>): string {
  using written = folder(files);
  const read = readConfigFiles(written.path);
  const parsed = parseObjects(read.objects);
  const found = parsed.problems.length > 0 ? parsed.problems : lint(parsed.configuration, parsed.positions);
  return [...read.problems, ...found.map(read.locate)]
    .map(({ file, line, column, message, fix }) => `${file}:${line}:${column} ${message} ${fix}`)
    .join("\n");
}

const CONNECTION = `kind: Connection
id: okta
protocol: saml
metadata: { file: metadata/okta.xml }
claims: { groups: groups }
`;
const GOOD = {
  "a.yaml": CONNECTION,
  "metadata/okta.xml": "<x/>",
  "b/accounts.yml": ACCOUNTS,
  "b/rules.yaml": RULES,
};

test("a folder is read whole: sub-folders, several objects of a file, metadata in its place", () => {
  using files = folder({
    ...GOOD,
    ".hidden/x.yaml": "- no",
    "node_modules/x.yaml": "- no",
    "empty.yaml": "",
    "n.txt": "-",
  });
  const { objects, problems } = readConfigFiles(files.path);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    objects.map((one) => (one as { kind: string }).kind),
    ["Connection", "Account", "Role", "Rule"],
  );
  assert.deepEqual((objects[0] as { metadata: unknown }).metadata, { xml: "<x/>" });
  assert.equal(judged(GOOD), "");
});

const wrong: readonly [what: string, files: Record<string, string>, place: RegExp, sentence: RegExp][] = [
  [
    "an unknown field",
    { "a.yaml": `${ACCOUNTS}colour: red\n` },
    /a\.yaml:9:1/,
    /`colour` is not a field of a Role/,
  ],
  [
    "a misspelt field",
    { "a.yaml": RULES.replace("effect", "efect") },
    /a\.yaml:4:1/,
    /Did you mean `effect`\?/,
  ],
  ["an unknown kind", { "a.yaml": "kind: Rool\n" }, /a\.yaml:1:1/, /Did you mean `Role`\?/],
  ["a missing kind", { "a.yaml": "id: x\n" }, /a\.yaml:1:1/, /`kind` is missing/],
  [
    "a dangling connection",
    {
      "a.yaml": RULES.replace("okta", "octa"),
      "b.yaml": CONNECTION.replace("{ file: metadata/okta.xml }", "{ url: https://x.example.com/m }"),
    },
    /a\.yaml:3:1/,
    /Did you mean `okta`\?/,
  ],
  [
    "an unquoted account id",
    { "a.yaml": ACCOUNTS.replace('"111111111111"', "111111111111") },
    /a\.yaml:2:1/,
    /12 digits, quoted|Write string/,
  ],
  [
    "a condition of no known word",
    { "a.yaml": RULES.replace("equals", "equal") },
    /a\.yaml:5:25/,
    /Did you mean `equals`\?/,
  ],
  ["broken YAML", { "a.yaml": "kind: Rule\n  id: : x\n" }, /a\.yaml:1:\d+/, /not YAML/],
  ["a key given twice", { "a.yaml": "kind: Settings\nkind: Settings\n" }, /a\.yaml:2:1/, /unique/],
  ["a list", { "a.yaml": "- kind: Settings\n" }, /a\.yaml:1:1/, /one object between lines of `---`/],
  ["an alias that is not there", { "a.yaml": "kind: *nothing\n" }, /a\.yaml:1:\d+/, /alias/i],
  ["an unknown tag", { "a.yaml": "kind: !!js/function x\n" }, /a\.yaml:1:\d+/, /tag/i],
  [
    "metadata outside the folder",
    { "a/a.yaml": CONNECTION.replace("metadata/okta.xml", "../../../../etc/passwd") },
    /a\.yaml:4:13/,
    /outside the folder|There is no file/,
  ],
  [
    "metadata that is not there",
    { "a.yaml": CONNECTION },
    /a\.yaml:4:13/,
    /There is no file `metadata\/okta\.xml`/,
  ],
  [
    "two objects of one name",
    { "a.yaml": `${RULES}---\n${RULES}` },
    /a\.yaml:9:1/,
    /There is a second Rule administrators/,
  ],
];
for (const [what, files, place, sentence] of wrong)
  test(`${what} is refused with file, line and what to do`, () => {
    const said = judged(files);
    assert.match(said, place);
    assert.match(said, sentence);
  });

test("a bomb of aliases is refused before it goes off", () => {
  const levels = Array.from(
    { length: 12 },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`,
  );
  assert.match(judged({ "bomb.yaml": `a0: &a0 [x]\n${levels.join("\n")}\n` }), /too many aliases/);
});

test("a long list and a hundred aliases to it are refused before they are written out", () => {
  const list = `a: &a [${Array(40_000).fill("xxxx").join(", ")}]`;
  const aliases = Array.from({ length: 60 }, (_, i) => `b${i}: *a`);
  assert.match(
    judged({ "wide.yaml": [list, ...aliases].join("\n") }),
    /wide\.yaml:1:1 This is larger than 10 MB with its aliases/,
  );
});

test("more objects and more values than any configuration has are refused before they are read", () => {
  assert.match(judged({ "many.yaml": "a\n---\n".repeat(200_001) }), /many\.yaml.* more than 200000 objects/);
  assert.match(
    judged({ "values.yaml": `a: [${"x,".repeat(1_500_001)}]` }),
    /values\.yaml.* more than 1500000 values/,
  );
});

test("of very many mistakes the first are told, and that there are more", () => {
  const rule = (i: number) => `kind: Rule\nid: r${i}\nconnection: okta\neffect: alow\nwhen: []\ngrant: {}\n`;
  const said = judged({ "rules.yaml": Array.from({ length: 1200 }, (_, i) => rule(i)).join("---\n") }).split(
    "\n",
  );
  assert.equal(said.length, 1001);
  assert.match(said[0] ?? "", /rules\.yaml:4:1 `effect`/);
  assert.match(said[1000] ?? "", /There are 1000 problems or more; the rest was not looked at/);
});

test("one mistake among very many rules is told where it is", () => {
  const rule = (i: number) =>
    `kind: Rule\nid: r${i}\nconnection: okta\neffect: allow\nwhen: [{ claim: groups, ${i === 2777 ? "regx" : "regex"}: g${i} }]\ngrant: { broker: [admin] }\n`;
  const said = judged({ "rules.yaml": Array.from({ length: 3000 }, (_, i) => rule(i)).join("---\n") });
  assert.match(
    said,
    /^[^\n]*rules\.yaml:19444:25 `regx` is not a word of a condition\. Did you mean `regex`\?$/,
  );
});

test("a file that nests without end, and one that is too large, are refused", () => {
  const said = judged({
    "deep.yaml": `a: ${"[".repeat(20_000)}`,
    "large.yaml": `# ${"x".repeat(10_000_001)}`,
  });
  assert.match(said, /deep\.yaml:1:\d+ This is nested too deeply: objects nest at most 32 levels\./);
  assert.doesNotMatch(said, /call stack/);
  assert.match(said, /larger than 10 MB/);
});
