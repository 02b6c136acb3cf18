import assert from "node:assert/strict";
import test from "node:test";
import { dotted, findings, type Node, parseSource, sourcePaths, under, walk } from "./source.ts";

const files = sourcePaths().map(parseSource);
const product = files.filter(({ path }) => /^(?:lib|functions|cli)\//.test(path));
const broker = files.filter(({ path }) => /^(?:lib|functions)\//.test(path));

test("the guard read a whole product", () => {
  assert.ok(broker.length > 60, `${broker.length} files are too few to be true`);
  const nodes = broker.reduce((sum, { tree }) => sum + [...walk(tree)].length, 0);
  assert.ok(nodes > 400 * broker.length, `${nodes} nodes of syntax are too few to be true`);
});

test("code says what is, not what may come", () => {
  // `PLACEHOLDER` may be the name of a thing; `placeholder=` is an attribute of HTML.
  const unwanted = /\b(?:TODO|FIXME|XXX|HACK|stubs?|stubbed|hacks?|hacky|for now)\b|\bplaceholder\b(?!=)/g;
  const inTests = /\b(?:TODO|FIXME|XXX|HACK)\b/g;
  const others = files.filter(({ path }) => path !== "test/habits.test.ts");
  const found = findings(
    others,
    ({ path, text }) => text.match(under(path, "test") ? inTests : unwanted) ?? [],
  );
  assert.deepEqual(found, []);
});

const CLOCKS_AND_DICE = [
  "Date.now",
  "Math.random",
  "crypto.randomUUID",
  "crypto.getRandomValues",
  "performance.now",
];
const DICE = ["randomBytes", "randomUUID", "randomInt", "randomFillSync", "getRandomValues"];

test("time and chance come from lib/core alone", () => {
  const outside = broker.filter(({ path }) => !under(path, "lib/core"));
  const found = findings(outside, ({ tree, imports }) => [
    ...imports.flatMap(({ names }) => names.filter((name) => DICE.includes(name))),
    ...[...walk(tree)].flatMap((node) => {
      const call = node.type === "CallExpression" ? dotted(node.callee) : undefined;
      return call !== undefined && CLOCKS_AND_DICE.includes(call)
        ? [call]
        : isNow(node)
          ? ["new Date()"]
          : [];
    }),
  ]);
  assert.deepEqual(found, []);
});

const isNow = (node: Node): boolean =>
  node.type === "NewExpression" &&
  dotted(node.callee) === "Date" &&
  Array.isArray(node.arguments) &&
  node.arguments.length === 0;

test("no code asks whether it runs at home", () => {
  // Loopback may be named where all its names stand together: that is a rule about addresses, not about ourselves.
  const found = findings(broker, ({ text }) =>
    text
      .split("\n")
      .filter((line) => /\blocalhost\b|\bisLocal|\bNODE_ENV\b|\bAWS_SAM_LOCAL\b/.test(line))
      .filter((line) => !line.includes("127") || !line.includes("::1")),
  );
  assert.deepEqual(found, []);
});

test("the environment is read by functions", () => {
  // lib/aws reads the standard variables of AWS, as the SDK beside it does.
  const others = broker.filter(({ path }) => under(path, "lib") && !under(path, "lib/aws"));
  const found = findings(others, ({ tree }) =>
    [...walk(tree)].filter((node) => dotted(node) === "process.env").map(() => "reads process.env"),
  );
  assert.deepEqual(found, []);
});

const callsOf = (tree: Node): string[] =>
  [...walk(tree)].flatMap((node) => (node.type === "CallExpression" ? [dotted(node.callee) ?? ""] : []));

test("nothing calls out past lib/connectors/outbound.ts, or logs past functions/log.ts", () => {
  const found = findings(broker, ({ path, tree }) => {
    const ownFetch = [...walk(tree)].some((node) => declaredNames(node).includes("fetch"));
    const out = callsOf(tree).filter((call) => /^(?:globalThis\.)?fetch$/.test(call) && !ownFetch);
    const logs = callsOf(tree).filter((call) => call.startsWith("console."));
    return [...out, ...(path === "functions/log.ts" ? [] : logs)];
  });
  assert.deepEqual(found, []);
});

/** Names that a function's parameters or a variable bring in. */
const declaredNames = (node: Node): (string | undefined)[] =>
  [node.params, node.type === "VariableDeclarator" ? node.id : undefined].flat().map(dotted);

test("the only classes are errors", () => {
  const found = findings(product, ({ tree }) =>
    [...walk(tree)].flatMap((node) =>
      /^Class(?:Declaration|Expression)$/.test(node.type) &&
      !/^(?:Error|Refusal)$/.test(dotted(node.superClass) ?? "")
        ? ["a class that is no error"]
        : [],
    ),
  );
  assert.deepEqual(found, []);
});
