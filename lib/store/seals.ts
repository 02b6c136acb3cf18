import * as v from "valibot";
import { digestHash, type Leaf, SignedDigest } from "../core/seal.ts";
import type { Epoch } from "../core/time.ts";
import { parseItem, putIf, toItem } from "./item.ts";
import { queryAll, queryPage } from "./query.ts";
import type { Table } from "./table.ts";
import { writeMany } from "./write-many.ts";

const PK = "SEAL";
/** Leaves in one item; about 100 bytes each. */
const PART = 2000;
/** Digests read at a time: 3 KB each, and up to 60 KB where many events came late. */
const AT_ONCE = 100;

const StoredDigest = v.object({ schema: v.literal(1), ...SignedDigest.entries });
const StoredLeaves = v.object({
  schema: v.literal(1),
  shard: v.string(),
  leaves: v.array(v.tuple([v.string(), v.string()])),
});

const sortKey = (number: number): string => String(number).padStart(10, "0");

/** The last digest that was made, or undefined before the first. */
export async function latestDigest(table: Table): Promise<SignedDigest | undefined> {
  const range = { pk: PK, from: "0", to: "9~", order: "newest first", limit: 1 } as const;
  const [item] = (await queryPage(table, range)).items;
  return item === undefined ? undefined : toDigest(item);
}

function toDigest(item: unknown): SignedDigest {
  const { digest, signature } = parseItem(StoredDigest, item, PK);
  return { digest, signature };
}

/** Digests by number, at most `most` of them, oldest first. */
export async function readDigests(
  table: Table,
  first: number,
  most: number,
): Promise<readonly SignedDigest[]> {
  const range = {
    pk: PK,
    from: sortKey(first),
    to: sortKey(first + most - 1),
    order: "oldest first",
  } as const;
  return (await queryAll(table, range)).map(toDigest);
}

/** The number of the first digest that ends after an instant: numbers grow with time, so it is found by halving. */
export async function digestAt(table: Table, at: Epoch): Promise<number> {
  const last = (await latestDigest(table))?.digest.number ?? 0;
  let [low, high] = [1, last + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [found] = await readDigests(table, middle, 1);
    if (found !== undefined && found.digest.to > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Digests from one number to another, both inclusive, read as they are asked for. */
export async function* walkDigests(table: Table, first: number, last: number): AsyncGenerator<SignedDigest> {
  for (let number = first; number <= last; number += AT_ONCE)
    yield* await readDigests(table, number, Math.min(AT_ONCE, last - number + 1));
}

/**
 * Makes a digest part of the chain. Its number is its key, so of two workers one alone comes through.
 *
 * @returns false where another one has this number.
 */
export const putDigest = (table: Table, signed: SignedDigest): Promise<boolean> =>
  putIf(table, toItem(PK, sortKey(signed.digest.number), { schema: 1, ...signed }));

/** What tells this digest's leaves and index entries from those of a worker that came second. */
const markOf = (signed: Pick<SignedDigest, "digest">): string => digestHash(signed.digest).slice(0, 16);

/** Writes which events a slice holds and what their chains were after each, before its digest is. */
export async function writeLeaves(
  table: Table,
  { digest }: Pick<SignedDigest, "digest">,
  leaves: ReadonlyMap<string, readonly Leaf[]>,
  expiresAt: Epoch,
): Promise<void> {
  const mark = markOf({ digest });
  const items = [...leaves].flatMap(([shard, all]) =>
    Array.from({ length: Math.ceil(all.length / PART) }, (_, part) =>
      toItem(
        `SEAL#${digest.number}`,
        `${mark}#${shard}#${String(part).padStart(3, "0")}`,
        { schema: 1, shard, leaves: all.slice(part * PART, (part + 1) * PART) },
        expiresAt,
      ),
    ),
  );
  await writeMany(table, items);
}

/** The leaves of a digest, by shard, in the order of their chains. @param shard One alone, where it is given. */
export async function readLeaves(
  table: Table,
  { digest }: Pick<SignedDigest, "digest">,
  shard?: string,
): Promise<ReadonlyMap<string, readonly Leaf[]>> {
  const from = shard === undefined ? markOf({ digest }) : `${markOf({ digest })}#${shard}#`;
  const range = { pk: `SEAL#${digest.number}`, from, to: `${from}~`, order: "oldest first" } as const;
  const found = new Map<string, Leaf[]>();
  for (const item of digest.events === 0 ? [] : await queryAll(table, range)) {
    const { shard: of, leaves } = parseItem(StoredLeaves, item, PK);
    found.set(of, [...(found.get(of) ?? []), ...leaves]);
  }
  return found;
}
