import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { findings, type Import, parseSource, ROOT, sourcePaths, under } from "./source.ts";

/** Storeys, bottom up. A folder imports itself and the storeys below; siblings never import each other. */
const STOREYS = [
  ["lib/core"],
  [
    "lib/rules",
    "lib/saml",
    "lib/oidc",
    "lib/awscli",
    "lib/ldap",
    "lib/scim",
    "lib/directory",
    "lib/aws",
    "lib/store",
  ],
  ["lib/connectors", "lib/applications"],
  ["lib/flows"],
  ["functions"],
  ["infra"],
  ["test"],
];
/** Guests know the shared words and HTTP. A few commands work offline and bring what that takes. */
const GUESTS: readonly [path: RegExp, may: readonly string[]][] = [
  [
    /^cli\/commands\/(?:saml|rules)/,
    ["cli", "lib/core", "lib/saml", "lib/oidc", "lib/connectors", "lib/rules"],
  ],
  [/^cli\/(?:commands\/(?:keys|accounts)|invoke)/, ["cli", "lib/core", "lib/saml", "lib/aws"]],
  [/^cli\//, ["cli", "lib/core"]],
  [/^web\//, ["web", "lib/core"]],
];
/** Each third-party package has its doors, and what has none may not come in. */
const DOORS: readonly [name: RegExp, doors: readonly string[]][] = [
  [/^valibot$/, ["lib", "functions", "cli"]],
  [/^(?:samlify|@peculiar\/[a-z0-9-]+|reflect-metadata)$/, ["lib/saml"]],
  [/^(?:openid-client|jose)$/, ["lib/oidc"]],
  [/^@(?:aws-sdk|smithy)\//, ["lib/aws", "lib/store"]],
  [/^(?:@middy\/core|aws-lambda)$/, ["functions"]],
  [/^(?:commander|yaml)$/, ["cli"]],
  [/^node:(?:fs|fs\/promises)$/, ["functions", "cli"]],
  [/^node:(?:http|https|net|dns|dns\/promises|tls)$/, ["lib/connectors", "lib/aws", "cli"]],
  [/^node:(?:child_process|os|path|readline|readline\/promises|url|util)$/, ["functions", "cli"]],
  [/^node:(?:crypto|zlib|buffer|async_hooks|timers\/promises)$/, ["lib", "functions", "cli"]],
];
const EXEMPT = /^(?:infra|test)\//;

const folderOf = (path: string): string =>
  path
    .split("/")
    .slice(0, path.startsWith("lib/") ? 2 : 1)
    .join("/");
const storeyOf = (path: string): number => STOREYS.findIndex((storey) => storey.includes(folderOf(path)));

/** Why an import may not be, or undefined. */
function objection(from: string, { to }: Pick<Import, "to">): string | undefined {
  if (!/^(?:functions|lib|cli|web|infra|test)\//.test(to)) return doorObjection(from, to);
  const guest = GUESTS.find(([path]) => path.test(from));
  if (guest) return guest[1].some((folder) => under(to, folder)) ? undefined : "a guest may not go there";
  if (folderOf(from) === folderOf(to)) return undefined;
  if (EXEMPT.test(from) && (under(to, "cli") || under(to, "web"))) return undefined;
  return storeyObjection(storeyOf(from), storeyOf(to));
}

function storeyObjection(here: number, there: number): string | undefined {
  if (here < 0 || there < 0) return "one of them stands on no storey";
  if (here === there) return "siblings never import each other";
  return there < here ? undefined : "that is upwards";
}

function doorObjection(from: string, to: string): string | undefined {
  if (EXEMPT.test(from)) return undefined;
  const door = DOORS.find(([name]) => name.test(to));
  if (!door) return "no door is known for it";
  return door[1].some((folder) => under(from, folder)) ? undefined : `its doors are ${door[1].join(", ")}`;
}

const paths = sourcePaths();
const files = paths.map(parseSource);
const product = files.filter(({ path }) => /^(?:lib|functions|cli)\//.test(path));

test("the guard looked at every file there is", (t) => {
  const listed = ["functions", "lib", "cli", "infra", "test"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:ts|tsx|mjs)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  assert.equal(files.length, listed.length);
  const edges = files.reduce((sum, file) => sum + file.imports.length, 0);
  const least = {
    "lib/core": 15,
    "lib/store": 8,
    "lib/saml": 6,
    "lib/oidc": 3,
    "lib/rules": 4,
    "lib/aws": 4,
  };
  for (const [folder, count] of Object.entries({
    ...least,
    "lib/flows": 8,
    functions: 10,
    cli: 4,
    infra: 10,
  })) {
    const seen = files.filter(({ path }) => under(path, folder)).length;
    assert.ok(seen >= count, `${folder} has ${seen} files, fewer than the ${count} that must be there`);
  }
  assert.ok(edges > 3 * files.length, `${edges} imports among ${files.length} files is too few to be true`);
  t.diagnostic(`${files.length} files, ${edges} imports`);
});

const judged: readonly [from: string, to: string, allowed: boolean][] = [
  ["lib/saml/xml.ts", "lib/core/errors.ts", true],
  ["lib/core/errors.ts", "lib/saml/xml.ts", false],
  ["lib/saml/xml.ts", "lib/oidc/keys.ts", false],
  ["lib/connectors/saml.ts", "lib/applications/aws.ts", false],
  ["lib/store/table.ts", "lib/flows/broker.ts", false],
  ["lib/flows/broker.ts", "functions/log.ts", false],
  ["functions/signin.ts", "infra/build.ts", false],
  ["lib/nowhere/x.ts", "lib/core/errors.ts", false],
  ["cli/commands/saml.ts", "lib/connectors/saml.ts", true],
  ["cli/commands/plan.ts", "lib/rules/resolve.ts", false],
  ["cli/commands/rules.ts", "lib/store/table.ts", false],
  ["cli/invoke.ts", "lib/aws/lambda.ts", true],
  ["cli/commands/apply.ts", "lib/aws/sts.ts", false],
  ["infra/local/main.ts", "cli/main.ts", true],
  ["lib/flows/broker.ts", "cli/main.ts", false],
  ["lib/flows/broker.ts", "samlify", false],
  ["lib/saml/metadata.ts", "samlify", true],
  ["functions/signin.ts", "@aws-sdk/client-kms", false],
  ["lib/core/config.ts", "node:fs", false],
  ["lib/rules/match.ts", "left-pad", false],
  ["infra/local/main.ts", "dynalite", true],
];
for (const [from, to, allowed] of judged)
  test(`${from} ${allowed ? "may" : "may not"} import ${to}`, () => {
    assert.equal(objection(from, { to }) === undefined, allowed);
  });

test("imports go downwards and packages come in by their doors", () => {
  const found = findings(files, ({ path, imports }) =>
    imports.flatMap((one) => {
      const reason = objection(path, one);
      return reason ? [`imports ${one.to}: ${reason}`] : [];
    }),
  );
  assert.deepEqual(found, []);
});

test("no file imports itself by way of others", () => {
  const next = new Map(
    files.map(({ path, imports }) => [path, imports.filter(({ when }) => when !== "type")]),
  );
  const done = new Set<string>();
  const cycle = (path: string, trail: readonly string[]): string | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(" -> ");
    if (done.has(path)) return undefined;
    done.add(path);
    return (next.get(path) ?? []).map(({ to }) => cycle(to, [...trail, path])).find(Boolean);
  };
  assert.deepEqual(paths.map((path) => cycle(path, [])).filter(Boolean), []);
});

test("no file is longer than 300 lines", (t) => {
  const lengths = product.map(({ lines }) => lines).sort((a, b) => a - b);
  t.diagnostic(
    `median ${lengths[lengths.length >> 1]} lines, longest ${lengths.at(-1)}, ${product.length} files`,
  );
  assert.deepEqual(
    findings(files, ({ lines }) => (lines > 300 ? [`${lines} lines`] : [])),
    [],
  );
});

test("every room has a name and one door: no barrels, default exports or boxes of odds and ends", () => {
  const found = findings(files, ({ path, barrel, defaultExport }) => [
    ...(barrel ? ["a barrel"] : []),
    ...(defaultExport ? ["default export"] : []),
    ...(/\/(?:utils?|types|helpers?|common|misc)\.(?:ts|tsx)$/.test(path)
      ? ["says nothing by its name"]
      : []),
  ]);
  assert.deepEqual(found, []);
});

test("every file of lib loads without doing anything", () => {
  const lib = paths.filter((path) => under(path, "lib"));
  const { stdout, stderr, status } = spawnSync(process.execPath, ["test/load-all.ts", ...lib], {
    cwd: ROOT,
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "" },
    timeout: 30_000,
  });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { loaded: lib.length, environment: [], open: [] });
});
