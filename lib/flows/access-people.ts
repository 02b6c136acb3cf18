import type { AccessQuestion } from "../core/access.ts";
import { findSeen, SEEN_SHARDS, type Seen } from "../store/seen.ts";
import { type Place, type Stretch, walkSeen } from "../store/walk-seen.ts";
import { type Position, placeIn } from "./access-cursor.ts";
import type { Deciding } from "./broker.ts";

/** Some people who are decided about together. */
export interface Few {
  readonly people: readonly Seen[];
  /** Whether no page before looked at them. */
  readonly isNew: boolean;
  /** Where a walk stands behind one of them, and behind all. */
  readonly placeOf: (who: Seen) => Place;
  readonly end: Place;
}

/** People who are decided about between two looks at the time. */
const AT_ONCE = 64;
const END: Place = { shard: SEEN_SHARDS.length };

/** The people a question is about, from a position on: one who is named, or everybody in their order. */
export async function* fewAtATime(
  { table, clock }: Pick<Deciding, "table" | "clock">,
  question: Pick<AccessQuestion, "person">,
  start: Position,
): AsyncGenerator<Few> {
  const now = clock.now();
  const sought = start.within?.personId ?? question.person;
  const place = placeIn(start);
  if (sought !== undefined) {
    const found = await findSeen(table, sought, now);
    const isNew = start.within === undefined;
    if (found !== undefined) yield { people: [found], isNew, placeOf: () => place, end: place };
  }
  if (question.person !== undefined) return;
  for await (const stretch of walkSeen(table, now, place)) yield* slicesOf(stretch);
  yield { people: [], isNew: true, placeOf: () => END, end: END };
}

function* slicesOf({ shard, seen, end }: Stretch): Generator<Few> {
  const placeOf = ({ personId }: Seen): Place => ({ shard, after: personId });
  for (let from = 0; from < seen.length; from += AT_ONCE) {
    const people = seen.slice(from, from + AT_ONCE);
    const last = people.at(-1);
    if (last !== undefined) yield { people, isNew: true, placeOf, end: placeOf(last) };
  }
  yield { people: [], isNew: true, placeOf, end };
}
