import { timeOfReference } from "./reference.ts";
import { chain, type Digest, headBefore, type Leaf, type StoredEvent, shardOf } from "./seal.ts";
import type { Finding } from "./seal-check-digests.ts";

/** One slice as an export tells it. */
export interface ToldSlice {
  readonly digest: Digest;
  readonly before: Digest | undefined;
  /** In the order they were told. */
  readonly events: readonly StoredEvent[];
  readonly leaves: ReadonlyMap<string, readonly Leaf[]>;
}

/** Judges every event of one slice. @param lateIn In which digest a late event is sealed, by its id. */
export function checkSlice(slice: ToldSlice, lateIn: ReadonlyMap<string, number>): readonly Finding[] {
  // An export tells a late event in the slice of its time as well; it is judged where it is sealed.
  const events = slice.events.filter(
    ({ id }) => (lateIn.get(id) ?? slice.digest.number) === slice.digest.number,
  );
  const byShard = Map.groupBy(events, ({ id }) => shardOf(id));
  const misplaced = events.filter(({ id }) => !belongs(slice.digest, id));
  return [
    ...misplaced.map(({ id }) => placing(slice.digest, id)),
    ...Object.keys(slice.digest.shards)
      .toSorted()
      .flatMap((shard) => checkShard(slice, shard, byShard.get(shard) ?? [])),
  ];
}

function belongs({ from, to, late }: Digest, id: string): boolean {
  const at = timeOfReference(id);
  return late.includes(id) || (at !== undefined && from <= at && at < to);
}

const placing = ({ number }: Digest, id: string): Finding => ({
  code: "event_misplaced",
  where: `slice ${number}, event ${id}`,
  says: "it belongs to another slice",
});

/** In the order of the chain: the slice's own events by id, then the late ones by id. */
const rankOf = ({ late }: Digest, id: string): string => `${late.includes(id) ? 1 : 0}${id}`;

function checkShard(slice: ToldSlice, shard: string, told: readonly StoredEvent[]): readonly Finding[] {
  const { digest, before } = slice;
  const sealed = digest.shards[shard];
  if (sealed === undefined) return [];
  const where = `slice ${digest.number}, shard ${shard}`;
  let head = headBefore(before, shard);
  const heads = told.map((event) => {
    head = chainOr(head, event);
    return head;
  });
  if (told.length === sealed.count && head === sealed.head) return [];
  const ordered = told.toSorted((one, other) => (rankOf(digest, one.id) < rankOf(digest, other.id) ? -1 : 1));
  const moved = told.find(({ id }, place) => ordered[place]?.id !== id);
  if (moved !== undefined) {
    const rest = checkShard(slice, shard, ordered);
    return [
      { code: "event_reordered", where, says: `event ${moved.id} does not stand in its place` },
      ...rest,
    ];
  }
  return pinpoint(where, sealed.count, told, heads, provenLeaves(slice, shard));
}

/** Leaves are signed by nothing themselves; they are worth something where they end in the head that is. */
function provenLeaves({ digest, before, leaves }: ToldSlice, shard: string): readonly Leaf[] | undefined {
  const sealed = digest.shards[shard];
  const told = leaves.get(shard) ?? [];
  const end = told.at(-1)?.[1] ?? headBefore(before, shard);
  return sealed !== undefined && told.length === sealed.count && end === sealed.head ? told : undefined;
}

/**
 * Judges what is left of a slice whose time is over, event by event: each is what made the next hash of its chain, or not.
 *
 * @returns `unproven` is how many events there are of shards whose leaves are gone.
 */
export function checkRemains(
  slice: ToldSlice,
  lateIn: ReadonlyMap<string, number>,
): { readonly findings: readonly Finding[]; readonly unproven: number } {
  const findings: Finding[] = [];
  let unproven = 0;
  const own = slice.events.filter(
    ({ id }) => (lateIn.get(id) ?? slice.digest.number) === slice.digest.number,
  );
  for (const [shard, told] of Map.groupBy(own, ({ id }) => shardOf(id))) {
    const leaves = provenLeaves(slice, shard);
    if (leaves === undefined) unproven += told.length;
    else findings.push(...told.flatMap((event) => judgeRemaining(slice, shard, leaves, event)));
  }
  return { findings, unproven };
}

function judgeRemaining(
  { digest, before }: ToldSlice,
  shard: string,
  leaves: readonly Leaf[],
  event: StoredEvent,
): readonly Finding[] {
  const where = `slice ${digest.number}, shard ${shard}`;
  const places = [...leaves.keys()].filter((place) => leaves[place]?.[0] === event.id);
  if (places.length === 0) return [one("event_inserted", where, event.id, "it is here and was never sealed")];
  const isSealed = places.some((place) => {
    const head = leaves[place - 1]?.[1] ?? headBefore(before, shard);
    return chainOr(head, event) === leaves[place]?.[1];
  });
  return isSealed ? [] : [one("event_altered", where, event.id, "it is not what was sealed")];
}

function chainOr(head: string, event: StoredEvent): string {
  try {
    return chain(head, event);
  } catch {
    return "";
  }
}

function pinpoint(
  where: string,
  count: number,
  told: readonly StoredEvent[],
  heads: readonly string[],
  leaves: readonly Leaf[] | undefined,
): readonly Finding[] {
  const difference = told.length - count;
  if (leaves === undefined) {
    const says = `${count} events were sealed, ${told.length} are here`;
    if (difference > 0) return [{ code: "event_inserted", where, says }];
    if (difference < 0) return [{ code: "event_removed", where, says }];
    return [{ code: "event_altered", where, says: "one of its events is not what was sealed" }];
  }
  const ids = new Set(told.map(({ id }) => id));
  const sealed = new Set(leaves.map(([id]) => id));
  const removed = leaves.filter(([id]) => !ids.has(id));
  const inserted = told.filter(({ id }) => !sealed.has(id));
  const found: Finding[] = [
    ...removed.map(([id]) => one("event_removed", where, id, "it was sealed and is not here")),
    ...inserted.map(({ id }) => one("event_inserted", where, id, "it is here and was never sealed")),
  ];
  const seen = new Set<string>();
  for (const { id } of told) {
    if (seen.has(id)) found.push(one("event_repeated", where, id, "it is here twice"));
    seen.add(id);
  }
  if (found.length > 0) return found;
  const first = told.findIndex((_, place) => heads[place] !== leaves[place]?.[1]);
  const id = told[first]?.id ?? "";
  return [one("event_altered", where, id, "it is not what was sealed")];
}

const one = (code: string, where: string, id: string, says: string): Finding => ({
  code,
  where: `${where}, event ${id}`,
  says,
});
