/** What one decision costs against N rules, found through anchors and by a plain loop over all. */
import * as v from "valibot";
import { Connection } from "../../lib/core/connection.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { placeRole } from "../../lib/core/placing.ts";
import { Account, Role } from "../../lib/core/role.ts";
import { Rule } from "../../lib/core/rule.ts";
import type { CompiledRule } from "../../lib/core/rule-set.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { placedRoleKey, type World } from "../../lib/core/world.ts";
import { compileRule, compileRules } from "../../lib/rules/compile.ts";
import { askedKeys } from "../../lib/rules/index.ts";
import { decide } from "../../lib/rules/resolve.ts";
import type { Row } from "./row.ts";

const SIZES = [100, 1_000, 10_000, 100_000, 1_000_000];
/** The loop is not worth waiting for beyond this. */
const LARGEST_LOOP = 100_000;
const NOW = 1_795_000_000;
const GROUPS = 30;

const okta = v.parse(Connection, {
  kind: "Connection",
  id: "okta",
  protocol: "saml",
  claims: Object.fromEntries(
    ["groups", ...Array.from({ length: 15 }, (_, i) => `c${i}`)].map((one) => [one, one]),
  ),
});
const accounts = Array.from({ length: 100 }, (_, i) =>
  v.parse(Account, { kind: "Account", id: String(100_000_000_000 + i), name: `a${i}`, path: `/ou${i % 10}` }),
);
const roles = ["Admin", "ReadOnly", "Dev"].map((name) =>
  v.parse(Role, { kind: "Role", name, accounts: ["ou:/**"] }),
);
const placed = accounts.flatMap((one) => roles.map((role) => placeRole(role, one)));
const world: World = {
  version: 1,
  settings: DEFAULT_SETTINGS,
  connections: new Map([["okta", okta]]),
  scopes: new Map(),
  accounts: new Map(accounts.map((one) => [one.id, one])),
  roles: new Map(placed.map((one) => [placedRoleKey(one.accountId, one.name), one])),
};
const person: Identity = {
  connection: "okta",
  kind: "person",
  subject: "00u1",
  name: "n",
  claims: {
    groups: Array.from({ length: GROUPS }, (_, i) => `group-${i}`),
    ...Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`c${i}`, [`value-${i}`]])),
  },
  unknown: [],
  amr: ["pwd", "otp"],
  mfa: "yes",
  authenticatedAt: NOW - 60,
  notes: [],
};

/** The same 30 rules concern the person at every N; the rest concern groups this person is not in. */
function rule(i: number): Rule {
  const when: object[] = [{ claim: "groups", equals: `group-${i}` }];
  if (i % 4 === 1) when.push({ mfa: true });
  if (i % 4 === 2) when.push({ claim: "c1", startsWith: "value" });
  const isDeny = i % 50 === 49;
  return v.parse(Rule, {
    kind: "Rule",
    id: `r${i}`,
    connection: isDeny ? "*" : "okta",
    effect: isDeny ? "deny" : "allow",
    when,
    grant: { roles: [roles[i % 3]?.name ?? "Dev"], accounts: [accounts[i % 100]?.id ?? ""] },
  });
}

/** Median microseconds of one run, over at least 0.3 s. */
function microseconds(run: () => unknown): number {
  for (let i = 0; i < 200; i++) run();
  const samples: number[] = [];
  const end = process.hrtime.bigint() + 300_000_000n;
  while (process.hrtime.bigint() < end || samples.length < 5) {
    const start = process.hrtime.bigint();
    run();
    samples.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  return samples.sort((a, b) => a - b)[samples.length >> 1] ?? 0;
}

/** The reader's way of one container: anchors, cached buckets, each rule once, decision. */
function throughAnchors(
  buckets: ReadonlyMap<string, readonly CompiledRule[]>,
  lengths: Parameters<typeof askedKeys>[1],
) {
  const found: CompiledRule[] = [];
  for (const key of askedKeys(person, lengths)) {
    const bucket = buckets.get(key);
    if (bucket !== undefined) found.push(...bucket);
  }
  return decide(person, found, world, { now: NOW });
}

interface Measured {
  readonly size: number;
  readonly anchored: number;
  readonly loop: number | undefined;
  readonly note: string;
}

function measure(size: number): Measured {
  const rules = Array.from({ length: size }, (_, i) => rule(i));
  const started = performance.now();
  const { buckets, lengths } = compileRules(rules, [okta]);
  const compile = performance.now() - started;
  const anchored = microseconds(() => throughAnchors(buckets, lengths));
  const decided = throughAnchors(buckets, lengths);
  const loop = size <= LARGEST_LOOP ? loopTime(rules.map(compileRule)) : undefined;
  const seen = `${askedKeys(person, lengths).length} keys asked, ${decided.reasons.length} rules found`;
  return { size, anchored, loop, note: `${seen}, compiled in ${compile.toFixed(0)} ms` };
}

/** Slope of time over number of rules on logarithmic scales, by least squares: 1 is a loop, 0 does not care. */
function slope(measured: readonly Measured[]): number {
  const points = measured.map(({ size, anchored }) => [Math.log(size), Math.log(anchored)] as const);
  const middle = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const [x, y] = [middle(points.map(([at]) => at)), middle(points.map(([, time]) => time))];
  const rise = points.reduce((sum, [at, time]) => sum + (at - x) * (time - y), 0);
  return rise / points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
}

/** One person with 30 groups and 15 other claims; medians of warm runs; ratios to the least number of rules. */
export async function bench(): Promise<readonly Row[]> {
  const measured = SIZES.map(measure);
  const floor = measured[0]?.anchored ?? Number.NaN;
  const name = (size: number) => `${size.toLocaleString("en")} rules`;
  const exponent = `slope ${slope(measured).toFixed(3)}, 0.1 allowed`;
  return [
    ...measured.map(
      ({ size, anchored, note }, at): Row => ({
        what: `${name(size)}, through anchors`,
        microseconds: anchored,
        ...(at === 0 ? {} : { ratio: anchored / floor }),
        note: at === measured.length - 1 ? `${note}; ${exponent}` : note,
      }),
    ),
    ...measured.flatMap(({ size, loop }): Row[] =>
      loop === undefined
        ? []
        : [{ what: `${name(size)}, plain loop`, microseconds: loop, ratio: loop / floor }],
    ),
  ];
}

function loopTime(all: readonly CompiledRule[]): number {
  if (all.length <= 1000) return microseconds(() => decide(person, all, world, { now: NOW }));
  const samples = Array.from({ length: 5 }, () => {
    const start = performance.now();
    decide(person, all, world, { now: NOW });
    return (performance.now() - start) * 1000;
  });
  return samples.sort((a, b) => a - b)[2] ?? 0;
}
