import { Refusal } from "../core/errors.ts";
import type { Head } from "../core/rule-set.ts";
import type { Clock } from "../core/time.ts";
import { type Change, canonical, diff, keyed, keyOf, type Written } from "../rules/diff.ts";
import { isBounded } from "../rules/reach.ts";
import { readApplied } from "../store/applied.ts";
import { readSource } from "../store/source.ts";
import type { Table } from "../store/table.ts";
import { listVersions, readVersion } from "../store/version-records.ts";
import type { Author } from "./plan.ts";
import { type ToldVersion, tellVersions } from "./told-versions.ts";

/**
 * What becomes of a change that was not made by way of the files, when they are applied: it is `kept` where they say the
 * same, `undone` where they still say what was before, and `overwritten` where they say a third thing.
 */
export type Fate = "kept" | "undone" | "overwritten";

/** What was published otherwise since the same files were applied. */
export interface Drift {
  /** The version that was last applied from these files. */
  readonly since: number;
  readonly changes: readonly (Change & { readonly fate: Fate })[];
  /** How many there are where `changes` does not tell all. */
  readonly rest?: {
    readonly all: { readonly added: number; readonly changed: number; readonly removed: number };
  };
  /** The latest versions that were published since, newest first. */
  readonly versions: readonly ToldVersion[];
}

/** Every reader carries these names with HEAD: of all who apply without bounds together, and of each editor with bounds. */
const MOST_ORIGINS = { shared: 50, own: 5 } as const;

/** Whose a mark is: nobody's in particular, or an editor's with bounds. */
export const ownerOf = (mark: string): string | undefined => mark.split("#")[1];

/** The name of the files that a mark is of. */
export const originOf = (mark: string): string => mark.split("#")[0] ?? "";

function refuseMany(applied: Readonly<Record<string, number>>, mark: string): void {
  const owner = ownerOf(mark);
  const most = MOST_ORIGINS[owner === undefined ? "shared" : "own"];
  const names = Object.keys(applied)
    .filter((one) => ownerOf(one) === owner)
    .map(originOf);
  if (names.length < most) return;
  const who = owner === undefined ? ", as an administrator" : "";
  const hint = `origin: there are ${most} already; use one of ${names.join(", ")}, or forget one${who}: sekisho origins forget NAME.`;
  throw new Refusal("request_invalid", { origins: most }, { about: { hint } });
}

/** Most versions that are told of. */
const MOST_TOLD = 20;

/**
 * Under what it is remembered that files were applied: their name. Of an editor with bounds it is his alone, or he could
 * make others' files take back, in their own name, what he may not.
 */
export const markOf = (origin: string, author: Author): string =>
  author.actor !== "operator" && isBounded(author.reach) ? `${origin}#${author.personId}` : origin;

/**
 * Compares three ways: what files say, what is published, and what the same files said when they were last applied.
 *
 * @param mark Of the files, for who applies them.
 * @returns Nothing where these files were never applied, or what they said was not kept.
 */
export async function driftOf(
  broker: { readonly table: Table; readonly clock: Clock },
  mark: string,
  head: Head,
  live: readonly Written[],
  files: readonly Written[],
): Promise<Drift | undefined> {
  const applied = await readApplied(broker.table);
  const since = Object.hasOwn(applied, mark) ? applied[mark] : undefined;
  if (since === undefined) {
    refuseMany(applied, mark);
    return undefined;
  }
  if (since === head.version) return { since, changes: [], versions: [] };
  const last = await readVersion(broker.table, since);
  if (last === undefined || last.source.length === 0) return undefined;
  const base = (await readSource(broker.table, last.source)).map((text): Written => JSON.parse(text));
  const fate = fateIn(keyed(base), keyed(live), keyed(files));
  const changes = diff(base, live).map((change) => ({
    ...change,
    fate: fate(keyOf(change.kind, change.id)),
  }));
  return { since, changes, versions: await publishedSince(broker, since) };
}

type Keyed = ReadonlyMap<string, Written>;

function fateIn(base: Keyed, live: Keyed, files: Keyed): (key: string) => Fate {
  const same = (one: Keyed, other: Keyed, key: string) =>
    canonical(one.get(key)) === canonical(other.get(key));
  return (key) => {
    if (same(files, live, key)) return "kept";
    return same(files, base, key) ? "undone" : "overwritten";
  };
}

async function publishedSince(
  broker: { readonly table: Table; readonly clock: Clock },
  since: number,
): Promise<readonly ToldVersion[]> {
  const { versions } = await listVersions(broker.table, { most: MOST_TOLD });
  const later = versions.filter(({ version, state }) => version > since && state === "published");
  return tellVersions(broker, later);
}

/** Changes of others that applying would take back, without those that the author means to. */
export const unmeant = (
  drift: Drift | undefined,
  overwrite: boolean | readonly string[],
): readonly Change[] =>
  (drift?.changes ?? []).filter(
    ({ fate, kind, id }) =>
      fate !== "kept" &&
      overwrite !== true &&
      !(Array.isArray(overwrite) && overwrite.includes(keyOf(kind, id))),
  );
