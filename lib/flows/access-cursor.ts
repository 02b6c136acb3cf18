import * as v from "valibot";
import { SEEN_SHARDS } from "../store/seen.ts";
import type { Place } from "../store/walk-seen.ts";

const PersonId = v.pipe(v.string(), v.minLength(1), v.maxLength(100));

/** Where the next page of an answer begins: behind a place, and behind some rows of one person. */
export const Position = v.strictObject({
  /** The instant that is asked about: one for all pages. */
  at: v.pipe(v.number(), v.safeInteger()),
  /** People looked at before. */
  looked: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  shard: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SEEN_SHARDS.length)),
  after: v.exactOptional(PersonId),
  /** Somebody whose rows up to one were told already. */
  within: v.exactOptional(v.strictObject({ personId: PersonId, key: v.string() })),
});
export type Position = Readonly<v.InferOutput<typeof Position>>;

/** Where the walk stands, and nothing else of a position. */
export const placeIn = ({ shard, after }: Place): Place =>
  after === undefined ? { shard } : { shard, after };

/** Whether nothing comes behind it. */
export const isEnd = ({ shard, within }: Position): boolean =>
  shard >= SEEN_SHARDS.length && within === undefined;
