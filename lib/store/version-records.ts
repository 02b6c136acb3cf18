import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import type { Epoch } from "../core/time.ts";
import { type Attributes, batchGet } from "./chunks.ts";
import { type Ages, parseItem, putUnder, readItem, toItem } from "./item.ts";
import type { ManifestPages } from "./manifest.ts";
import type { Table } from "./table.ts";
import { readWhole, stateOf } from "./versions.ts";

/**
 * Who published. People by their opaque id alone: what they are called lies in the record that can be erased. Operators
 * have no such record and are called what they called themselves; programs what their issuer calls them.
 */
export const By = v.object({
  actor: v.picklist(["person", "workload", "operator"]),
  personId: v.exactOptional(v.string()),
  connection: v.exactOptional(v.string()),
  name: v.exactOptional(v.string()),
});
export type By = v.InferOutput<typeof By>;

const facts = {
  by: By,
  /** The second person, where two were needed. */
  approvedBy: v.exactOptional(By),
  message: v.exactOptional(v.string()),
  /** Objects by kind, and buckets written. */
  counts: v.record(v.string(), v.number()),
  /** How many objects differ from the version before. */
  changes: v.object({ added: v.number(), changed: v.number(), removed: v.number() }),
  /** The version whose content this is again. */
  rollbackOf: v.exactOptional(v.number()),
  /** Name of the files it was applied from. */
  origin: v.exactOptional(v.string()),
  /** What was scheduled and became this version when it was due. */
  scheduled: v.exactOptional(v.string()),
};
/** What a version is told with, besides its number. */
const EditionFacts = v.object(facts);
export type EditionFacts = v.InferOutput<typeof EditionFacts>;

const Stored = v.object({
  schema: v.literal(2),
  ...facts,
  version: v.number(),
  /** The version it was built on. */
  base: v.number(),
  at: v.number(),
  hash: v.string(),
  source: v.array(v.string()),
  manifest: v.array(v.array(v.string())),
});
type Stored = v.InferOutput<typeof Stored>;

/** The first shape named its author readably and did not say where its source lay. */
const AGES: Ages = {
  now: 2,
  older: {
    1: ({ author: _, ...first }) => ({
      ...first,
      by: { actor: "person" },
      base: Number(first.version) - 1,
      changes: { added: 0, changed: 0, removed: 0 },
      source: [],
    }),
  },
};

/** One published, unfinished or aborted version, as it is told. */
export interface Version extends EditionFacts {
  readonly version: number;
  readonly state: "published" | "unfinished" | "aborted";
  readonly base: number;
  readonly at: Epoch;
  readonly hash: string;
}

const keyOf = (version: number) => ({ pk: `VERSION#${version}`, sk: "VERSION" });

/** Writes down what a version is, before it is published. It is never written again. */
export async function writeVersion(
  table: Table,
  version: Omit<Stored, "schema" | "manifest"> & { readonly manifest: ManifestPages },
): Promise<void> {
  const { pk, sk } = keyOf(version.version);
  await putUnder(table, toItem(pk, sk, { schema: AGES.now, ...version }));
}

/** The manifest of a published version; empty before the first. */
export async function manifestPages(table: Table, version: number): Promise<ManifestPages> {
  if (version === 0) return [];
  const { pk, sk } = keyOf(version);
  const stored = await readItem(table, pk, sk, Stored, AGES);
  if (stored === undefined) throw new Refusal("rules_unavailable", { version });
  return stored.manifest;
}

/** One version, and where its source lies: empty where it was not kept. */
export async function readVersion(
  table: Table,
  version: number,
): Promise<{ readonly version: Version; readonly source: readonly string[] } | undefined> {
  const { pk, sk } = keyOf(version);
  const [{ head }, stored] = await Promise.all([readWhole(table), readItem(table, pk, sk, Stored, AGES)]);
  if (stored === undefined) return undefined;
  return { version: told(stored, stateOf(version, head)), source: stored.source };
}

const told = (
  { schema: _, manifest: __, source: ___, ...facts }: Stored,
  state: Version["state"],
): Version => ({ ...facts, state });

/**
 * Versions from the latest back. What became of each is HEAD's word, so a crash cannot leave a wrong one.
 *
 * @param page `before` is the number to stop short of; all of them where absent.
 * @returns `more` says where to go on, where there is more.
 */
export async function listVersions(
  table: Table,
  page: { readonly most: number; readonly before?: number },
): Promise<{ readonly versions: Version[]; readonly more?: number }> {
  const { head, making } = await readWhole(table);
  const latest = Math.min(making.latest, (page.before ?? Number.POSITIVE_INFINITY) - 1);
  const least = Math.max(1, latest - page.most + 1);
  const numbers = Array.from({ length: Math.max(0, latest - least + 1) }, (_, back) => latest - back);
  const items = await batchGet(table, numbers.map(keyOf));
  const versions = numbers.flatMap((version) => {
    const item = items.get(keyOf(version).pk);
    return item === undefined ? [] : [told(parseStored(item), stateOf(version, head))];
  });
  return least > 1 ? { versions, more: least } : { versions };
}

const parseStored = (item: Attributes): Stored => parseItem(Stored, unmarshall(item), "VERSION", AGES);
