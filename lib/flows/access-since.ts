import * as v from "valibot";
import type { AccessQuestion, Since } from "../core/access.ts";
import { isRefusal } from "../core/errors.ts";
import { Account, Role } from "../core/role.ts";
import { Rule } from "../core/rule.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import { compileRule } from "../rules/compile.ts";
import { canonical, type Written } from "../rules/diff.ts";
import { givenBy, type Spot, spotsAbout } from "../rules/giving.ts";
import { placements } from "../rules/place.ts";
import type { Table } from "../store/table.ts";
import { listVersions, type Version } from "../store/version-records.ts";
import { objectsOfVersion } from "./versions.ts";

/** A rule, and what of the question it gives. */
export interface Giver {
  readonly rule: CompiledRule;
  readonly places: readonly string[];
}

type What = Pick<AccessQuestion, "account" | "role">;

/** Versions of one list, those that are read at a time, and how many at most. */
const LISTED = 20;
const AT_ONCE = 4;
const MOST_VERSIONS = 400;
/** A version of more rules is not read for this: several would not fit in memory, nor one in the time of a page. */
export const MOST_RULES = 50_000;

/**
 * Since which version rules, as they stand in one, have given what they give in it: the first of those that follow one
 * another without a break. What is written about a rule and who answers for it make no difference; where the roles it
 * gives stand does.
 *
 * @param hasTime Asked before every few versions that are read.
 * @returns By id of the rule.
 */
export async function sinceWhen(
  table: Table,
  version: number,
  what: What,
  givers: readonly Giver[],
  hasTime: () => boolean,
): Promise<ReadonlyMap<string, Since>> {
  const found = new Map<string, Since>();
  if (givers.length === 0) return found;
  const settle = (since: Since, settled: readonly Giver[]): void => {
    for (const { rule } of settled) found.set(rule.id, since);
  };
  let open = givers;
  let last: Since = { version, at: 0 };
  for await (const { facts, objects } of upTo(table, version, hasTime)) {
    if (open.length === 0) return found;
    if (objects === undefined) {
      settle({ ...last, atLeast: true }, open);
      return found;
    }
    const still = objects === "those asked about" ? open : givenStill(objects, what, open);
    settle(
      last,
      open.filter((one) => !still.includes(one)),
    );
    open = still;
    last = { version: facts.version, at: facts.at };
  }
  settle(last, open);
  return found;
}

interface Kept {
  readonly facts: Version;
  /** Absent where what it holds was not kept, or there was no time to read it; none before it is told. */
  readonly objects?: readonly Written[] | "those asked about";
}

/** Published versions from one back. */
async function* upTo(table: Table, version: number, hasTime: () => boolean): AsyncGenerator<Kept> {
  let looked = 0;
  for (let before: number | undefined = version + 1; before !== undefined; ) {
    const page: Awaited<ReturnType<typeof listVersions>> = await listVersions(table, {
      most: LISTED,
      before,
    });
    const published = page.versions.filter(({ state }) => state === "published");
    for (let from = 0; from < published.length; from += AT_ONCE) {
      const few = published.slice(from, from + AT_ONCE);
      const isTold = looked === 0 || (looked < MOST_VERSIONS && hasTime());
      yield* await Promise.all(
        few.map((facts) => keptOf(table, facts, version, isTold && (facts.counts.rules ?? 0) <= MOST_RULES)),
      );
      looked += few.length;
    }
    before = page.more;
  }
}

async function keptOf(table: Table, facts: Version, asked: number, isTold: boolean): Promise<Kept> {
  if (facts.version === asked) return { facts, objects: "those asked about" };
  if (!isTold) return { facts };
  try {
    return { facts, objects: await objectsOfVersion(table, facts.version) };
  } catch (thrown) {
    if (isRefusal(thrown, "version_unknown") || isRefusal(thrown, "rules_unavailable")) return { facts };
    throw thrown;
  }
}

/** Those of some rules that stood in a version as they stand now, and gave there all that they give. */
function givenStill(objects: readonly Written[], what: What, open: readonly Giver[]): readonly Giver[] {
  const rules = new Map(parsed(objects, "Rule", Rule).map((one) => [one.id, one]));
  const spots = spotsIn(objects, what);
  return open.filter(({ rule, places }) => {
    const then = rules.get(rule.id);
    if (then === undefined || meaningOf(compileRule(then)) !== meaningOf(rule)) return false;
    const given = new Set(givenBy(then, spots));
    return places.every((one) => given.has(one));
  });
}

const meaningOf = ({ owner: _, ...rule }: CompiledRule): string => canonical(rule);

function spotsIn(objects: readonly Written[], what: What): Spot[] {
  const accounts = parsed(objects, "Account", Account);
  const byId = new Map(accounts.map((one) => [one.id, one]));
  const placed = placements({ accounts, roles: parsed(objects, "Role", Role) });
  return spotsAbout(
    placed.flatMap(({ role, accounts: ids }) =>
      ids.flatMap((id) => {
        const account = byId.get(id);
        return account === undefined ? [] : [{ account, role: role.name }];
      }),
    ),
    what,
  );
}

const parsed = <Shape extends v.GenericSchema>(
  objects: readonly Written[],
  kind: string,
  shape: Shape,
): v.InferOutput<Shape>[] =>
  objects.flatMap((one) => {
    const read = one.kind === kind ? v.safeParse(shape, one) : undefined;
    return read?.success === true ? [read.output] : [];
  });
