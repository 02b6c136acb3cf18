import type { Epoch } from "../core/time.ts";
import { listSeen, SEEN_SHARDS, type Seen, type SeenPage } from "./seen.ts";
import type { Table } from "./table.ts";

/** Where a walk through everybody stands: behind somebody of a shard, or at the beginning of one. */
export interface Place {
  /** Which of `SEEN_SHARDS`. */
  readonly shard: number;
  readonly after?: string;
}

/** Some people, in their order. */
export interface Stretch {
  readonly shard: number;
  readonly seen: readonly Seen[];
  /** Where the walk stands behind them. */
  readonly end: Place;
}

/** People of one read. */
const READ = 250;
/** Most shards that are read ahead: whoever needs few people reads one, and who needs all does not wait for each. */
const MOST_AHEAD = 16;

/**
 * Everybody who was seen, in an order that no sign-in changes: whoever comes while somebody walks is met where their id
 * has its place, or was passed; nobody is met twice, and nobody who was there is left out.
 *
 * @param read People of one read.
 */
export async function* walkSeen(
  table: Table,
  now: Epoch,
  from: Place,
  read: number = READ,
): AsyncGenerator<Stretch> {
  const begun = new Map<number, Promise<SeenPage>>();
  const readOn = (shard: number, after: string | undefined): Promise<SeenPage> =>
    listSeen(table, SEEN_SHARDS[shard] ?? "", {
      now,
      most: read,
      ...(after === undefined ? {} : { after }),
    });
  const begin = (shard: number): Promise<SeenPage> => {
    const known = begun.get(shard);
    if (known !== undefined) return known;
    const page = readOn(shard, shard === from.shard ? from.after : undefined);
    // Read ahead, it may fail when nobody waits for it any more.
    page.catch(() => {});
    begun.set(shard, page);
    return page;
  };
  let ahead = 1;
  for (let shard = from.shard; shard < SEEN_SHARDS.length; shard++) {
    for (let next = shard; next < Math.min(shard + ahead, SEEN_SHARDS.length); next++) begin(next);
    yield* stretchesOf(shard, await begin(shard), (after) => readOn(shard, after));
    begun.delete(shard);
    ahead = Math.min(MOST_AHEAD, ahead * 2);
  }
}

async function* stretchesOf(
  shard: number,
  first: SeenPage,
  readOn: (after: string) => Promise<SeenPage>,
): AsyncGenerator<Stretch> {
  let page = first;
  for (; page.next !== undefined; page = await readOn(page.next))
    yield { shard, seen: page.seen, end: { shard, after: page.next } };
  yield { shard, seen: page.seen, end: { shard: shard + 1 } };
}

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** How many people there are, more or less, by how many a walk met so far: ids are spread evenly, over shards and within. */
export function aboutHowMany(met: number, { shard, after = "" }: Place): number {
  const [first = 0, second = 0] = [...after.slice(0, 2)].map((one) => Math.max(0, DIGITS.indexOf(one)));
  const passed = (shard + (first + second / DIGITS.length) / DIGITS.length) / SEEN_SHARDS.length;
  return passed >= 1 || passed === 0 ? met : Math.max(met, Math.round(met / passed));
}
