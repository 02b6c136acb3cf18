import type { Epoch } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { type Choice, type Chosen, choose, keyOf, thingOf } from "./choose.ts";
import { type Effort, spend } from "./effort.ts";
import type { Formula, Literal } from "./formula.ts";

/** Somebody who was made up, by what was chosen for each thing about them. */
export type Choices = ReadonlyMap<string, Choice>;

/** Whether somebody can be made up of whom all is so. `undecided`: not found, and not shown to be impossible. */
export type Answer<T> = { readonly found: T } | "none" | "undecided";

/** What one search may use up, and what it knows. */
export interface Search<T> {
  readonly world: World;
  readonly now: Epoch;
  /** Looks at who was made up with the decision itself; undefined where it says otherwise. */
  readonly confirm: (choices: Choices) => T | undefined;
  /** Steps that are left; shared by the searches of one invariant. */
  readonly steps: { left: number };
  /** Shared by them too: a step may choose among very much. */
  readonly effort: Effort;
}

type Asked = ReadonlyMap<string, readonly Literal[]>;

/** Looks for somebody of whom all of these are so, by trying one way after another where there are several. */
export function solve<T>(formulas: readonly Formula[], search: Search<T>): Answer<T> {
  const known = new Map<string, Chosen>();
  let isSure = true;
  const chosenFor = (literals: readonly Literal[]): Chosen => {
    if (!spend(search.effort, literals.length)) return "undecided";
    const key = literals.map(keyOf).sort().join("\n");
    const chosen = known.get(key) ?? choose(literals, search.world, search.now, search.effort);
    known.set(key, chosen);
    return chosen;
  };
  const isPossible = (asked: Asked, things: Iterable<string>): boolean =>
    [...things].every((thing) => chosenFor(asked.get(thing) ?? []) !== "none");

  const descend = (open: readonly Formula[], before: Asked): T | undefined => {
    if (search.steps.left-- <= 0 || !spend(search.effort, open.length)) {
      isSure = false;
      return undefined;
    }
    const { asked, waiting, touched } = settle(open, before);
    const next = waiting === "never" || !isPossible(asked, touched) ? "never" : narrow(waiting, asked);
    if (next === "never") return undefined;
    return next === undefined ? conclude(asked) : descendAny(next, asked);
  };

  const narrow = (waiting: readonly Any[], asked: Asked) =>
    narrowest(waiting, (literal) => {
      const before = asked.get(thingOf(literal)) ?? [];
      return chosenFor([...before, literal]) !== "none";
    });

  const descendAny = ({ ways, rest }: Ways, asked: Asked): T | undefined => {
    for (const way of ways) {
      const found = descend([way, ...rest], asked);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const conclude = (asked: Asked): T | undefined => {
    const chosen = [...asked].map(([thing, literals]) => [thing, chosenFor(literals)] as const);
    const found = search.confirm(
      new Map(chosen.flatMap(([thing, one]) => (typeof one === "string" ? [] : [[thing, one]]))),
    );
    // The decision says otherwise, so something was not seen here: then "nobody" would be too much to say.
    if (found === undefined) isSure = false;
    return found;
  };

  const found = descend(formulas, new Map());
  if (found !== undefined) return { found };
  return isSure ? "none" : "undecided";
}

type Any = { readonly any: readonly Formula[] };
interface Ways {
  readonly ways: readonly Formula[];
  readonly rest: readonly Formula[];
}

interface Settled {
  readonly asked: Asked;
  /** Where there is more than one way still; `never` where there is none. */
  readonly waiting: readonly Any[] | "never";
  readonly touched: ReadonlySet<string>;
}

/** Takes everything that leaves no choice. */
function settle(formulas: readonly Formula[], before: Asked): Settled {
  const asked = new Map(before);
  const waiting: Any[] = [];
  const touched = new Set<string>();
  const open = [...formulas];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if ("all" in one) open.push(...one.all);
    else if ("literal" in one) {
      const thing = thingOf(one.literal);
      touched.add(thing);
      asked.set(thing, [...(asked.get(thing) ?? []), one.literal]);
    } else if (one.any.length === 1) open.push(...one.any);
    else if (one.any.length === 0) return { asked, waiting: "never", touched };
    else waiting.push(one);
  }
  return { asked, waiting, touched };
}

/** Of several choices the one with the fewest ways that are possible still. */
function narrowest(
  waiting: readonly Any[],
  isPossible: (literal: Literal) => boolean,
): Ways | "never" | undefined {
  let best: { readonly ways: readonly Formula[]; readonly from: Formula } | undefined;
  for (const from of waiting) {
    const ways = from.any.filter((way) => !("literal" in way) || isPossible(way.literal));
    if (ways.length === 0) return "never";
    if (best === undefined || ways.length < best.ways.length) best = { ways, from };
    if (ways.length === 1) break;
  }
  return best === undefined
    ? undefined
    : { ways: best.ways, rest: waiting.filter((one) => one !== best?.from) };
}
