import { timeOfReference } from "./reference.ts";
import { type Digest, eventHash, type StoredEvent } from "./seal.ts";
import type { Finding } from "./seal-check-digests.ts";

/** A late event as the slice of its time tells it. */
interface Copy {
  readonly slice: number;
  readonly id: string;
  readonly hash: string;
}

/** What came of the copies. */
interface Held {
  readonly findings: readonly Finding[];
  /** Copies whose seal is not among what was judged. */
  readonly unproven: number;
}

/**
 * Holds both tellings of late events against each other: the chain speaks of the one that stands where it is sealed, and
 * whoever reads a trail by its time reads the other.
 *
 * @param lateIn In which digest a late event is sealed, by its id.
 */
export function lateCopies(lateIn: ReadonlyMap<string, number>) {
  const sealed = new Map<string, Set<string>>();
  const copies: Copy[] = [];
  const findings: Finding[] = [];
  const isHome =
    (number: number) =>
    ({ id }: StoredEvent): boolean =>
      lateIn.get(id) === number;
  return {
    /** Sees the events of one slice. @param judged Whether its chains were. */
    see(digest: Digest, events: readonly StoredEvent[], judged: boolean): void {
      const { number } = digest;
      const late = events.filter(({ id }) => lateIn.has(id));
      const [home, away] = [late.filter(isHome(number)), late.filter((one) => !isHome(number)(one))];
      for (const event of judged ? home : [])
        sealed.set(event.id, (sealed.get(event.id) ?? new Set()).add(eventHash(event)));
      copies.push(...away.map((event) => ({ slice: number, id: event.id, hash: eventHash(event) })));
      findings.push(...away.filter(({ id }) => !isOfTime(digest, id)).map(({ id }) => misplaced(number, id)));
    },
    held(): Held {
      const known = copies.filter(({ id }) => sealed.has(id));
      const altered = known.filter(({ id, hash }) => sealed.get(id)?.has(hash) !== true);
      return {
        findings: [...findings, ...altered.map((one) => alteredIn(one, lateIn.get(one.id) ?? 0))],
        unproven: copies.length - known.length,
      };
    },
  };
}

function isOfTime({ from, to }: Digest, id: string): boolean {
  const at = timeOfReference(id);
  return at !== undefined && from <= at && at < to;
}

const misplaced = (slice: number, id: string): Finding => ({
  code: "event_misplaced",
  where: `slice ${slice}, event ${id}`,
  says: "it belongs to another slice",
});

const alteredIn = ({ slice, id }: Copy, home: number): Finding => ({
  code: "event_altered",
  where: `slice ${slice}, event ${id}`,
  says: `it is not what slice ${home} holds, where it is sealed`,
});
