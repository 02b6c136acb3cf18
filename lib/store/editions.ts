import { isRefusal, Refusal } from "../core/errors.ts";
import type { Head } from "../core/rule-set.ts";
import type { World } from "../core/world.ts";
import { bytesOf, fetchChunks, textOf } from "./chunks.ts";
import { ASK_ALL, type Filter, openFilter } from "./filter.ts";
import { EMPTY_WORLD, readSnapshot } from "./snapshot.ts";
import type { Table } from "./table.ts";

/** What is read of a version as a whole, in one call; neither ever changes. */
interface Reading {
  readonly version: number;
  readonly world: Promise<World>;
  /** Never refuses: whoever finds no filter, or one that is not sound, asks for everything. */
  readonly filter: Promise<Filter>;
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

const UNPUBLISHED: Reading = {
  version: 0,
  world: Promise.resolve(EMPTY_WORLD),
  filter: Promise.resolve(ASK_ALL),
};

function readEdition(table: Table, { version, snapshot, filter }: Head): Reading {
  const named = filter === undefined ? snapshot : [...snapshot, filter];
  const items = fetchChunks(table, "SNAPSHOT", named);
  return {
    version,
    world: items
      .then((found) => readSnapshot(textOf(found, "SNAPSHOT", snapshot), version))
      .catch((cause: unknown) => {
        if (isRefusal(cause)) throw cause;
        throw new Refusal("rules_unavailable", { snapshot: version }, { cause });
      }),
    filter: items
      .then((found) => (filter === undefined ? ASK_ALL : openFilter(bytesOf(found, "SNAPSHOT", filter))))
      .catch(() => ASK_ALL),
  };
}
