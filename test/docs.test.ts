import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { errorsPage } from "../infra/errors-page.ts";
import { REFUSALS } from "../lib/core/errors.ts";
import { ROOT } from "./source.ts";

const pages = globSync(["*.md", "docs/**/*.md"], { cwd: ROOT })
  .sort()
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));

test("docs/errors.md lists every refusal as the code has it", () => {
  const page = pages.find(({ path }) => path === "docs/errors.md");
  assert.ok(page, "run: node infra/errors-page.ts");
  assert.equal(page.text, errorsPage(), "run: node infra/errors-page.ts");
  const listed = page.text.match(/^\| `\w+` \|/gm) ?? [];
  assert.equal(listed.length, Object.keys(REFUSALS).length);
});

const PATH = /`((?:lib|functions|cli|infra|web|test|docs|\.ci)\/[\w.*{},/-]*[\w*}/])`/g;

test("every file that a document names is there", (t) => {
  const named = pages.flatMap(({ path, text }) =>
    [...text.matchAll(PATH)].map((found) => [path, found[1] ?? ""] as const),
  );
  assert.ok(named.length > 40, `${named.length} names are too few to be true`);
  t.diagnostic(`${named.length} names in ${pages.length} documents`);
  const missing = named.filter(
    ([, name]) => !existsSync(join(ROOT, name)) && globSync(name, { cwd: ROOT }).length === 0,
  );
  assert.deepEqual(missing, []);
});

test("every link between documents leads somewhere", () => {
  const links = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(
      (found) => [path, found[1] ?? ""] as const,
    ),
  );
  assert.ok(links.length > 10);
  const dead = links.filter(([path, to]) => !existsSync(join(ROOT, dirname(path), to)));
  assert.deepEqual(dead, []);
});

test("every npm command that a document names is a script", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  const named = pages.flatMap(({ text }) =>
    [...text.matchAll(/`npm (?:run (?:-s )?)?([a-z]+)/g)].map((found) => found[1] ?? ""),
  );
  const ours = named.filter((name) => !["ci", "install", "config"].includes(name));
  assert.deepEqual(
    ours.filter((name) => !(name in scripts)),
    [],
  );
  assert.ok(ours.length > 5);
});
