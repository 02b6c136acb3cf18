/** Everything about one number of rules, in a process of its own, so that the heap and the compiler know no other. */
import { deepStrictEqual } from "node:assert";
import type { Identity } from "../../../lib/core/identity.ts";
import type { Rule } from "../../../lib/core/rule.ts";
import { type CompiledRules, compileRule, compileRules } from "../../../lib/rules/compile.ts";
import { askedKeys } from "../../../lib/rules/index.ts";
import { decide } from "../../../lib/rules/resolve.ts";
import { NOON } from "../../rules/things.ts";
import type { Row } from "../row.ts";
import { inTurns } from "../timing.ts";
import { answerOf, answerOfMatches } from "./answer.ts";
import { coldRows } from "./cold.ts";
import { heldBytes } from "./heap.ts";
import { installRulePeers, type Match, type Peer } from "./peers.ts";
import { GROUPS, okta, personIn, rulesOf, type SizeTold, world } from "./rules.ts";

/** Whose groups the others are asked about. */
const COMMON = 30;
/** Others are asked about no more rules than this, and only while all their rounds end within a minute. */
const LARGEST_PEERS = 100_000;
const MINUTE_MICROSECONDS = 60_000_000;
const ROUNDS = 20;
const FEWEST_ROUNDS = 3;

/** The way of one warm container: anchors, buckets that are there, each rule once, decision. */
function throughIndex({ buckets, lengths }: CompiledRules, person: Identity) {
  const found = new Map(
    askedKeys(person, lengths)
      .flatMap((key) => buckets.get(key) ?? [])
      .map((rule) => [rule.id, rule]),
  );
  return decide(person, [...found.values()], world, { now: NOON });
}

export async function measure(size: number): Promise<SizeTold> {
  const name = `${size.toLocaleString("en")} rules`;
  const rules = rulesOf(size);
  const before = heldBytes();
  const filed = compileRules(rules, [okta]);
  const heap = heldBytes() - before;
  const work = Object.fromEntries(
    GROUPS.map((count) => [count, throughIndex.bind(undefined, filed, personIn(count))]),
  );
  const taken = await inTurns(work, { rounds: 400, calls: 10 });
  const rows = GROUPS.map((count): Row => {
    const { quiet, median } = taken(String(count));
    return { what: `${name}, ${count} groups`, value: quiet, median, unit: "us", note: seenBy(filed, count) };
  });
  rows.push({ what: `${name}, heap of the whole index`, value: heap, unit: "bytes" });
  rows.push(...(await coldRows(name, rules, filed, GROUPS)));
  if (size <= LARGEST_PEERS) rows.push(...(await besides(name, rules, filed)));
  const medians = Object.fromEntries(GROUPS.map((count) => [count, taken(String(count)).median]));
  return { rows, medians };
}

function seenBy(filed: CompiledRules, groups: number): string {
  const person = personIn(groups);
  const { reasons, roles } = throughIndex(filed, person);
  const keys = askedKeys(person, filed.lengths).length;
  return `${keys} keys, ${reasons.length} rules found, ${roles.length} roles`;
}

/** A loop over all rules, with the very conditions and decision of ours. */
const LOOP: Peer = {
  name: "plain loop",
  open: async (rules, person) => {
    const compiled = rules.map(compileRule);
    return async () =>
      decide(person, compiled, world, { now: NOON }).reasons.flatMap(({ rule, truth }) =>
        truth === "true" ? [rule] : [],
      );
  },
};

/** Ours and the others with the same rules and the same person, in turns; ratios are of medians. */
async function besides(name: string, rules: readonly Rule[], filed: CompiledRules): Promise<Row[]> {
  const person = personIn(COMMON);
  const ours = () => throughIndex(filed, person);
  const expected = answerOf(ours());
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const { peers, missing } = installRulePeers();
  const rows: Row[] = [];
  for (const peer of [LOOP, ...peers]) {
    const match = await peer.open(rules, person);
    deepStrictEqual(answerOfMatches(byId, await match()), expected, `${peer.name} answers otherwise`);
    rows.push(besideOurs(`${name}, ${peer.name}`, await inTime(ours, match)));
  }
  return [...rows, ...missing.map((what): Row => ({ what, value: 0, unit: "count", note: "no row" }))];
}

function besideOurs(what: string, taken: Awaited<ReturnType<typeof inTime>>): Row {
  if (taken === undefined) return { what, value: 0, unit: "us", note: "not within a minute" };
  const { ours, theirs } = taken;
  const note = `the same answer; ours ${ours.median.toFixed(1)} us in the same rounds`;
  return {
    what,
    value: theirs.quiet,
    median: theirs.median,
    unit: "us",
    ratio: theirs.median / ours.median,
    note,
  };
}

/** As many rounds as end within a minute; undefined where three do not. */
async function inTime(ours: () => unknown, theirs: Match) {
  const from = performance.now();
  await theirs();
  const once = (performance.now() - from) * 1000;
  const rounds = Math.min(ROUNDS, Math.floor(MINUTE_MICROSECONDS / once / 1.2));
  if (rounds < FEWEST_ROUNDS) return undefined;
  const work = { ours: async () => manyTimes(ours), theirs };
  const taken = await inTurns(work, { rounds });
  const { quiet, median } = taken("ours");
  return { ours: { quiet: quiet / OURS_AT_ONCE, median: median / OURS_AT_ONCE }, theirs: taken("theirs") };
}

/** What is over in microseconds is done so many times a round. */
const OURS_AT_ONCE = 200;
function manyTimes(work: () => unknown): void {
  for (let call = 0; call < OURS_AT_ONCE; call++) work();
}

process.send?.(await measure(Number(process.argv[2])), () => process.disconnect());
