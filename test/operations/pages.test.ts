import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import test from "node:test";
import { parse } from "yaml";
import { type Block, blocksOf, pageNames, readBlocks, unusedReasons, whyNotRun } from "./pages.ts";

const pages = pageNames();
const blocks = pages.flatMap(blocksOf);
const shell = blocks.filter(({ language }) => language === "sh");
const place = ({ page, line }: Block) => `${page}.md:${line}`;

test("the guard read the walk and its pages", (t) => {
  const run = shell.filter((block) => whyNotRun(block) === undefined);
  t.diagnostic(`${pages.length} pages, ${shell.length} blocks of shell, ${run.length} of them run`);
  assert.ok(
    pages.length > 8 && run.length > 20,
    `${pages.length} pages and ${run.length} blocks are too few`,
  );
});

test("a fence says what it holds, and a command stands in a fence that is run", () => {
  const known = new Set(["sh", "yaml", "json", "text"]);
  assert.deepEqual(blocks.filter(({ language }) => !known.has(language)).map(place), []);
  const hidden = blocks.filter(
    ({ language, text }) => language !== "sh" && /^\s*\$? ?(?:sekisho|aws|npx|npm) /m.test(text),
  );
  assert.deepEqual(hidden.map(place), []);
});

test("every page with commands has the test that runs them", () => {
  const missing = pages.filter(
    (page) =>
      shell.some((block) => block.page === page && whyNotRun(block) === undefined) &&
      !existsSync(new URL(`${page}.test.ts`, import.meta.url)),
  );
  assert.deepEqual(missing, []);
});

test("what is not run is listed with its reason, and nothing is listed for nothing", () => {
  assert.deepEqual(unusedReasons(shell), []);
});

const ROOT = new URL("../../", import.meta.url).pathname;
const templates = globSync("infra/*.yml", { cwd: ROOT })
  .filter((file) => file !== "infra/member-account.yml")
  .map((file) => readFileSync(`${ROOT}${file}`, "utf8"));
const outputs = templates
  .flatMap((text) => [...(/^Outputs:\n([\s\S]*)/m.exec(text)?.[1] ?? "").matchAll(/^ {2}(\w+):/gm)])
  .map(([, name = ""]) => name);

test("every parameter that a page gives is one of the deployment", () => {
  const { params } = parse(readFileSync(`${ROOT}serverless.yml`, "utf8")) as {
    params: { default: Readonly<Record<string, unknown>> };
  };
  const given = shell.flatMap(({ text }) =>
    [...text.matchAll(/--param="(\w+)=/g)].map(([, name = ""]) => name),
  );
  assert.ok(given.length > 5);
  assert.deepEqual(
    given.filter((name) => !(name in params.default)),
    [],
  );
  const told = readFileSync(`${ROOT}docs/operations.md`, "utf8");
  assert.deepEqual(
    Object.keys(params.default).filter((name) => !told.includes(`\`${name}\``)),
    [],
    "told in the walk",
  );
});

test("every variable of a page is the reader's own, or an output of the stack", () => {
  const own = shell.flatMap(({ text }) =>
    [...text.matchAll(/^export (\w+)=|^for (\w+) in /gm)].map(([, name, each]) => name ?? each),
  );
  // Two that a command on the same page prints or that say when.
  const known = new Set([...own, ...outputs, "INSTANT", "BACKUP_ARN"]);
  const used = shell.flatMap((block) =>
    [...block.text.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = ""]) => [name, place(block)] as const),
  );
  assert.ok(used.length > 30);
  assert.deepEqual(
    used.filter(([name]) => !known.has(name)),
    [],
  );
});

test("every alarm has its line in the walk, and every line its alarm", () => {
  const ring = new Set(
    templates.flatMap((text) => [...text.matchAll(/#alarms, "([^"]+)"/g)].map(([, name = ""]) => name)),
  );
  const [, section = ""] =
    /\n## Alarms\n([\s\S]*)$/.exec(readFileSync(`${ROOT}docs/operations.md`, "utf8")) ?? [];
  const told = [...section.matchAll(/^\| "([^"]+)" \|/gm)].map(([, name = ""]) => name);
  assert.ok(ring.size > 5);
  assert.deepEqual([...ring].sort(), told.sort());
});

test("an open fence hides nothing", () => {
  const text = "# A\n```sh\necho 1\n```\n## B\n- x\n  ```sh\n  echo 2\n  ```\n";
  assert.deepEqual(
    readBlocks("page", text).map(({ heading, text: script, line }) => [heading, script, line]),
    [
      ["A", "echo 1", 2],
      ["B", "echo 2", 7],
    ],
  );
  assert.throws(() => readBlocks("page", "```sh\necho"), /line 1 is not closed/);
});
