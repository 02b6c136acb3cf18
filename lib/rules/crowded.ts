import type { CompiledRule } from "../core/rule-set.ts";
import { type Commonness, type Filing, filings, rarest, type ValueAnchor } from "./anchors.ts";
import { anchorKey, type Pair } from "./index.ts";

/** A rule under one connection, and what it is filed by. */
export interface Filed {
  readonly rule: CompiledRule;
  readonly connection: string;
  readonly filing: Filing | undefined;
  /** Instead of those anchors of the filing that too many rules share. */
  readonly pairs?: readonly Pair[];
}

/** Above so many rules under one value, those that ask for another value besides are filed by both. */
export const CROWDED = 128;
/** Most such values of one connection: everybody who has one asks for more keys. */
const MOST_CROWDED = 256;
const LONGEST_VALUE = 256;
/** A record read from the table loses these. */
const UNSAFE = ["__proto__", "prototype", "constructor"];

/**
 * Files rules by two values where one is everybody's: `all-employees` says nothing, and who is in it would look at
 * every rule that begins with it.
 *
 * Denies stay where they are, so that a claim that is not known finds them in one place. A rule without another
 * equality stays too.
 */
export function spread(
  filed: readonly Filed[],
  commonnessIn: (connection: string) => Commonness,
  above = CROWDED,
): Filed[] {
  const crowded = crowdedAnchors(filed, above);
  if (crowded.size === 0) return [...filed];
  return filed.map((one) => {
    const { rule, connection, filing } = one;
    if (filing === undefined || rule.effect === "deny") return one;
    const isCrowded = (anchor: ValueAnchor) => crowded.has(anchorKey(connection, anchor));
    const many = filing.filter(isCrowded);
    const second = many.length === 0 ? undefined : secondOf(rule, filing, commonnessIn(connection));
    if (second === undefined) return one;
    return {
      ...one,
      filing: filing.filter((anchor) => !isCrowded(anchor)),
      pairs: many.flatMap((first) =>
        second.map((other) => ({ kind: "both" as const, first, second: other })),
      ),
    };
  });
}

function crowdedAnchors(filed: readonly Filed[], above: number): ReadonlySet<string> {
  const largest = [...countFiled(filed)]
    .filter(([, { count }]) => count > above)
    .sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1));
  const taken = new Map<string, number>();
  const chosen = new Set<string>();
  for (const [key, { connection }] of largest) {
    const number = (taken.get(connection) ?? 0) + 1;
    if (number > MOST_CROWDED) continue;
    taken.set(connection, number);
    chosen.add(key);
  }
  return chosen;
}

/** How many rules that give are filed under each whole value. */
function countFiled(filed: readonly Filed[]): Map<string, { readonly connection: string; count: number }> {
  const counts = new Map<string, { readonly connection: string; count: number }>();
  for (const { connection, filing = [], rule } of filed) {
    if (rule.effect === "deny") continue;
    for (const anchor of filing.filter(canBeCrowded)) {
      const key = anchorKey(connection, anchor);
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { connection, count: 1 });
      else known.count++;
    }
  }
  return counts;
}

const canBeCrowded = ({ kind, value }: ValueAnchor): boolean =>
  kind === "equals" && value.length <= LONGEST_VALUE && !UNSAFE.includes(value);

/** The rarest other way to file a rule, by equality alone. */
function secondOf(rule: CompiledRule, filing: Filing, commonness: Commonness): Filing | undefined {
  const others = filings(rule.when, commonness).filter((one) =>
    one.every(
      (anchor) =>
        anchor.kind === "equals" &&
        !filing.some(({ claim, value }) => claim === anchor.claim && value === anchor.value),
    ),
  );
  return rarest(others, commonness);
}
