/** From an empty container to its first decision: ours, and one that loads every rule there is. */
import { deepStrictEqual } from "node:assert";
import { readConfig } from "../../../lib/core/config.ts";
import type { Identity } from "../../../lib/core/identity.ts";
import type { CompiledRule } from "../../../lib/core/rule-set.ts";
import { fixedClock } from "../../../lib/core/time.ts";
import { decideFor, decideIn } from "../../../lib/flows/decide.ts";
import type { CompiledRules } from "../../../lib/rules/compile.ts";
import { fileGrants } from "../../../lib/rules/granting.ts";
import { readChunks, toChunks } from "../../../lib/store/chunks.ts";
import { toItem } from "../../../lib/store/item.ts";
import { openRules, readHead } from "../../../lib/store/rules.ts";
import { NOON } from "../../rules/things.ts";
import type { Row } from "../row.ts";
import { type Taken, takenOf } from "../timing.ts";
import { answerOf } from "./answer.ts";
import { keptBy } from "./heap.ts";
import { personIn, type rulesOf, world } from "./rules.ts";
import { answering, type Counted, ROUND_MILLISECONDS, type Stored, storedTable } from "./table.ts";

const STARTS = 15;

const clock = fixedClock(NOON);
const config = readConfig({ SEKISHO_URL: "https://broker.example.com", SEKISHO_TABLE: "memory" });

/** What a container that has read nothing does for its first decision. */
async function decideOnce(table: Stored, person: Identity) {
  const reader = openRules(table, clock);
  // The world is the bench's own, so that its many roles are not what is measured.
  const rules = { ...reader, world: () => reader.world().then(() => world) };
  return { reader, answer: answerOf((await decideFor({ rules, clock, config }, person)).decision) };
}

async function started(once: () => Promise<unknown>, times: number): Promise<Taken> {
  const taken: number[] = [];
  for (let run = -1; run < times; run++) {
    const from = performance.now();
    await once();
    if (run >= 0) taken.push((performance.now() - from) * 1000);
  }
  return takenOf(taken);
}

/** What one first decision of this person asks of the table. */
async function countOnce(table: Stored, person: Identity): Promise<Counted> {
  const { counted } = table;
  Object.assign(counted, { calls: 0, keys: 0, found: 0, units: 0 });
  await decideOnce(table, person);
  return { ...counted };
}

export async function coldRows(
  name: string,
  rules: ReturnType<typeof rulesOf>,
  { buckets, lengths }: CompiledRules,
  groups: readonly number[],
): Promise<Row[]> {
  const whole = new Map([...buckets, ...fileGrants(rules).buckets]);
  const [plain, filtered] = [false, true].map((isFiltered) => storedTable(whole, lengths, isFiltered));
  if (plain === undefined || filtered === undefined) throw new Error("no table");
  const rows: Row[] = [];
  for (const count of groups) {
    const person = personIn(count);
    const [without, has] = [await countOnce(plain, person), await countOnce(filtered, person)];
    rows.push({
      what: `${name}, ${count} groups: read units of a first decision`,
      value: has.units,
      unit: "count",
      note: `${told(has)}; without a filter ${without.units}: ${told(without)}; ${whole.size} buckets`,
    });
  }
  return [...rows, ...(await startRows(name, buckets, filtered))];
}

const told = ({ keys, found, calls }: Counted): string => `${keys} keys, ${found} found, ${calls} calls`;

async function startRows(name: string, buckets: CompiledRules["buckets"], table: Stored): Promise<Row[]> {
  const person = personIn(30);
  const all = [...new Map([...buckets.values()].flat().map((rule) => [rule.id, rule])).values()];
  const load = loadingAll(all);
  const loadOnce = async () => answerOf(decideIn(person, await load(), world, { now: NOON }, undefined));
  const ourOnce = async () => (await decideOnce(table, person)).answer;
  deepStrictEqual(await loadOnce(), await ourOnce());
  const ours = await started(ourOnce, STARTS);
  const theirs = await started(loadOnce, all.length > 100_000 ? 3 : STARTS);
  const row = (what: string, { quiet, median }: Taken, note: string): Row => ({
    what: `${name}, ${what}`,
    value: quiet,
    median,
    unit: "us",
    ratio: median / ours.median,
    note,
  });
  const heap = async (what: string, make: () => unknown, times: number): Promise<Row> => ({
    what: `${name}, heap of ${what}`,
    value: await keptBy(make, times),
    unit: "bytes",
  });
  return [
    row("first decision of an empty container", ours, `30 groups, ${ROUND_MILLISECONDS} ms a round`),
    row("the same, loading all rules", theirs, "HEAD, then all at once, then a plain loop"),
    await heap("a container after it", () => decideOnce(table, person), 50),
    await heap("one that loaded all", load, all.length > 10_000 ? 1 : 10),
  ];
}

/**
 * HEAD, then every rule in compressed chunks fetched at once, and no index: the quickest that loading all of them can be. What
 * the network takes for so many bytes is left out.
 */
function loadingAll(all: readonly CompiledRule[]): () => Promise<CompiledRule[]> {
  const chunks = toChunks(JSON.stringify(all));
  const items = new Map(
    chunks.map(({ hash, bytes }) => [
      `SNAPSHOT#${hash}`,
      toItem(`SNAPSHOT#${hash}`, "SNAPSHOT", { schema: 1, version: 1, bytes }),
    ]),
  );
  const table = answering((pk) => items.get(pk));
  const hashes = chunks.map(({ hash }) => hash);
  return async () => {
    await readHead(table);
    return JSON.parse(await readChunks(table, "SNAPSHOT", hashes));
  };
}
