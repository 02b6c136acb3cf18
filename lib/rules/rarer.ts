import { type Commonness, type Filing, filings, type ValueAnchor } from "./anchors.ts";
import { CROWDED, type Filed } from "./crowded.ts";
import { anchorKey } from "./index.ts";
import { few, MOST_LENGTHS, pieceOf } from "./lengths.ts";

/** A rule that lies among too many, and the other way to file it. */
interface Moving {
  readonly filed: Filed;
  readonly to: Filing;
  /** How many rules lie where it lies. */
  readonly among: number;
}

/**
 * Files rules by a beginning or an end where what they would be filed by is everybody's still: no value that goes with it
 * is rare, and the text is. The lengths that a claim is asked for stay within their number, and those that are asked for
 * already stay what they are: a longer literal is cut to one of them.
 *
 * Denies stay where they are, as in `spread`.
 */
export function byRarerTexts(
  filed: readonly Filed[],
  commonnessIn: (connection: string) => Commonness,
  above = CROWDED,
): Filed[] {
  const counts = countOf(filed.flatMap(wholeKeys));
  const moving = filed.flatMap((one) => movingOf(one, counts, commonnessIn(one.connection), above));
  if (moving.length === 0) return [...filed];
  const sizes = sizesOf(filed, moving);
  const moved = new Map(moving.flatMap((one) => cutTo(one, sizes)));
  const after = countOf(filed.flatMap((one) => textKeys(moved.get(one)?.filing ?? one.filing, one, sizes)));
  const among = new Map(moving.map((one) => [one.filed, one.among]));
  return filed.map((one) => {
    const better = moved.get(one);
    const most = mostOf(textKeys(better?.filing, one, sizes), after);
    return better !== undefined && most < (among.get(one) ?? 0) ? better : one;
  });
}

/** Keys of whole values that a rule that gives is filed under. */
function wholeKeys({ rule, connection, filing = [], pairs = [] }: Filed): string[] {
  if (rule.effect === "deny") return [];
  const whole = filing.filter(({ kind }) => kind === "equals");
  return [...whole, ...pairs].map((anchor) => anchorKey(connection, anchor));
}

function countOf(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const mostOf = (keys: readonly string[], counts: ReadonlyMap<string, number>): number =>
  Math.max(0, ...keys.map((key) => counts.get(key) ?? 0));

function movingOf(
  filed: Filed,
  counts: ReadonlyMap<string, number>,
  commonness: Commonness,
  above: number,
): Moving[] {
  const among = mostOf(wholeKeys(filed), counts);
  if (among <= above) return [];
  const rare = filings(filed.rule.when, commonness)
    .filter((one) => one.some(isText))
    .map((to) => ({ to, common: Math.max(...to.map(commonness)) }))
    .filter(({ common }) => common < among);
  const best = rare.toSorted((one, other) => one.common - other.common)[0];
  return best === undefined ? [] : [{ filed, to: best.to, among }];
}

type Text = ValueAnchor & { readonly kind: "starts" | "ends" };
const isText = (anchor: ValueAnchor): anchor is Text => anchor.kind !== "equals";

/** By connection, kind and claim, which lengths may be filed by. */
type Sizes = ReadonlyMap<string, readonly number[]>;
const placeOf = (connection: string, { kind, claim }: Text): string => `${connection}\n${kind}\n${claim}`;

/** Those that are asked for, and as many of those that most rules want as there is room for. */
function sizesOf(filed: readonly Filed[], moving: readonly Moving[]): Sizes {
  const asked = lengthsIn(filed.map((one) => [one.connection, one.filing ?? []]));
  const wanted = lengthsIn(moving.map((one) => [one.filed.connection, one.to]));
  return new Map(
    [...new Set([...asked.keys(), ...wanted.keys()])].map((place) => {
      const known = few(new Set(asked.get(place)?.keys()));
      const more = [...(wanted.get(place) ?? [])]
        .filter(([length]) => !known.includes(length))
        .sort(([a, x], [b, y]) => y - x || a - b)
        .map(([length]) => length);
      const isCut = (asked.get(place)?.size ?? 0) > MOST_LENGTHS;
      const room = isCut ? 0 : MOST_LENGTHS - known.length;
      return [place, [...known, ...more.slice(0, room)].sort((a, b) => a - b)] as const;
    }),
  );
}

/** How often each length is there, by place. */
function lengthsIn(filings: readonly (readonly [connection: string, Filing])[]) {
  const lengths = new Map<string, Map<number, number>>();
  for (const [connection, filing] of filings)
    for (const anchor of filing.filter(isText)) {
      const place = placeOf(connection, anchor);
      const counts = lengths.get(place) ?? new Map<number, number>();
      lengths.set(place, counts.set(anchor.value.length, (counts.get(anchor.value.length) ?? 0) + 1));
    }
  return lengths;
}

/** A text as it is filed; undefined where every length that may be filed by is longer than it. */
function cut(connection: string, anchor: ValueAnchor, sizes: Sizes): ValueAnchor | undefined {
  if (!isText(anchor)) return anchor;
  const size = sizes.get(placeOf(connection, anchor))?.findLast((one) => one <= anchor.value.length);
  return size === undefined ? undefined : { ...anchor, value: pieceOf(anchor.kind, anchor.value, size) };
}

function cutTo({ filed, to }: Moving, sizes: Sizes): [Filed, Filed][] {
  const filing = to.flatMap((anchor) => cut(filed.connection, anchor, sizes) ?? []);
  const { pairs: _, ...alone } = filed;
  return filing.length < to.length ? [] : [[filed, { ...alone, filing }]];
}

/** Keys that a filing would have. */
const textKeys = (filing: Filing | undefined, { connection }: Filed, sizes: Sizes): string[] =>
  (filing ?? []).flatMap((anchor) => {
    const one = cut(connection, anchor, sizes);
    return one === undefined ? [] : [anchorKey(connection, one)];
  });
