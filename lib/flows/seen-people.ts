import { Refusal } from "../core/errors.ts";
import type { Epoch } from "../core/time.ts";
import { listSeen, SEEN_SHARDS, type Seen, type SeenPage } from "../store/seen.ts";
import type { Table } from "../store/table.ts";

/** People read at a time. */
const PAGE = 500;
/** Shards read at a time. */
const AHEAD = 8;
const SHARDS = SEEN_SHARDS.length;

/** A place in the list of all who were seen lately: a shard, and the last person of it that was looked at. */
export interface Place {
  readonly shard: number;
  readonly after?: string;
}

/** @throws {Refusal} `request_invalid` for one that we did not make. */
export function readPlace(cursor: string | undefined): Place {
  if (cursor === undefined) return { shard: 0 };
  const [, shard = "", after] = /^(\d{1,3})(?:\.([\w-]{1,60}))?$/.exec(cursor) ?? [];
  if (shard !== "" && Number(shard) < SHARDS)
    return { shard: Number(shard), ...(after === undefined ? {} : { after }) };
  const hint = "cursor: send what the answer before said, or none.";
  throw new Refusal("request_invalid", { field: "cursor" }, { about: { hint } });
}

export const writePlace = ({ shard, after }: Place): string =>
  after === undefined ? `${shard}` : `${shard}.${after}`;

/**
 * Hands over everybody who was seen lately, in an order that stays.
 *
 * @param look Says whether that is enough.
 * @returns Where to go on; nothing at the end.
 */
export async function lookAtSeen(
  table: Table,
  now: Epoch,
  from: Place,
  look: (seen: Seen) => "more" | "enough",
): Promise<Place | undefined> {
  for await (const { shard, seen } of pages(table, now, from))
    for (const one of seen) if (look(one) === "enough") return { shard, after: one.personId };
  return undefined;
}

/** Pages of people from a place on; shards ahead are read while one is looked at. */
async function* pages(table: Table, now: Epoch, from: Place) {
  const ahead: Promise<SeenPage>[] = [];
  const read = (place: Place): Promise<SeenPage> => {
    const reading = readPage(table, now, place);
    // Nobody waits for what lies beyond the last person who is looked at.
    reading.catch(() => undefined);
    return reading;
  };
  for (let shard = from.shard; shard < SHARDS; shard++) {
    for (let next = shard + ahead.length; next < Math.min(shard + AHEAD, SHARDS); next++)
      ahead.push(read(next === from.shard ? from : { shard: next }));
    for (let reading = ahead.shift(); reading !== undefined; ) {
      const { seen, next }: SeenPage = await reading;
      reading = next === undefined ? undefined : read({ shard, after: next });
      yield { shard, seen };
    }
  }
}

const readPage = (table: Table, now: Epoch, { shard, after }: Place): Promise<SeenPage> =>
  listSeen(table, SEEN_SHARDS[shard] ?? "", { now, most: PAGE, ...(after === undefined ? {} : { after }) });

/** How many people there are, by how many there were in the shards that were looked at: people lie evenly over them. */
export function estimate(looked: number, from: Place, to: Place): number {
  const shards = Math.max(1, to.shard - from.shard + (from.after === undefined ? 0.5 : 0));
  return Math.max(looked, Math.round((looked / shards) * SHARDS));
}
