import { isRefusal, Refusal } from "../core/errors.ts";
import type { Head } from "../core/rule-set.ts";
import type { World } from "../core/world.ts";
import { bytesOf, fetchChunks, textOf } from "./chunks.ts";
import { ASK_ALL, type Filter, type FilterPlace, isSmall, openFilter, paysBack } from "./filter.ts";
import { EMPTY_WORLD, readSnapshot } from "./snapshot.ts";
import type { Table } from "./table.ts";

/** What is read of a version as a whole; it never changes. */
interface Reading {
  readonly version: number;
  readonly world: Promise<World>;
  /**
   * Read with the world where it is small, and else once it pays. Never refuses: whoever has no filter, or one that is not
   * sound, asks for everything.
   */
  readonly filter: (absent: number, asked: number) => Promise<Filter>;
}

/** Editions by HEAD; the last one is kept. A world that could not be read is asked for again. */
export function editionCache(table: Table): (head: Head) => Reading {
  let held: Reading | undefined;
  return (head) => {
    if (head.version === 0) return UNPUBLISHED;
    if (held?.version === head.version) return held;
    const reading = readEdition(table, head);
    held = reading;
    reading.world.catch(() => {
      if (held === reading) held = undefined;
    });
    return reading;
  };
}

const askAll = async (): Promise<Filter> => ASK_ALL;
const UNPUBLISHED: Reading = { version: 0, world: Promise.resolve(EMPTY_WORLD), filter: askAll };

function readEdition(table: Table, { version, snapshot, filter }: Head): Reading {
  const isRead = filter !== undefined && isSmall(filter);
  const items = fetchChunks(table, "SNAPSHOT", isRead ? [...snapshot, filter.hash] : snapshot);
  const world = items
    .then((found) => readSnapshot(textOf(found, "SNAPSHOT", snapshot), version))
    .catch((cause: unknown) => {
      if (isRefusal(cause)) throw cause;
      throw new Refusal("rules_unavailable", { snapshot: version }, { cause });
    });
  if (filter === undefined) return { version, world, filter: askAll };
  let reading = isRead ? filterIn(items, filter) : undefined;
  return {
    version,
    world,
    filter: (absent, asked) => {
      if (reading === undefined && paysBack(filter, absent, asked))
        reading = filterIn(fetchChunks(table, "SNAPSHOT", [filter.hash]), filter);
      return reading ?? askAll();
    },
  };
}

const filterIn = (items: ReturnType<typeof fetchChunks>, { hash }: FilterPlace): Promise<Filter> =>
  items.then((found) => openFilter(bytesOf(found, "SNAPSHOT", hash))).catch(askAll);
