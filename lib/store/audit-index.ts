import { createHash } from "node:crypto";
import * as v from "valibot";
import { outcomeOf } from "../core/audit.ts";
import { timeOfReference } from "../core/reference.ts";
import { SLICE_SECONDS, type StoredEvent } from "../core/seal.ts";
import { type Epoch, toInstant } from "../core/time.ts";
import { refOf } from "./audit-events.ts";
import type { Attributes } from "./chunks.ts";
import { newMark, parseItem, toItem } from "./item.ts";
import { queryPage } from "./query.ts";
import type { Table } from "./table.ts";
import { writeNew } from "./write-new.ts";

/** By what sealed events are found, the most telling first. */
export const FACETS = [
  "accessKey",
  "person",
  "address",
  "rule",
  "role",
  "account",
  "connection",
  "kind",
  "outcome",
] as const;
export type Facet = (typeof FACETS)[number];

/** References in one item; 37 bytes each. */
const PART = 500;
/** Index items of one read. */
const READ = 50;

const Entry = v.object({ schema: v.literal(1), refs: v.array(v.string()) });

/** What an event is found by. Most events tell of a yes, so only a no has an entry. */
export function facetsOf(event: StoredEvent): readonly (readonly [Facet, string])[] {
  const rules = Array.isArray(event.rules) ? event.rules : [];
  const values: readonly (readonly [Facet, unknown])[] = [
    ["accessKey", event.accessKeyId],
    ["person", event.personId],
    ["address", event.sourceIp],
    ...rules.map((rule) => ["rule", rule] as const),
    ["role", event.role],
    ["account", event.accountId],
    ["connection", event.connection],
    ["kind", event.kind],
    ["outcome", outcomeOf(event.kind) === "refused" ? "refused" : undefined],
  ];
  return values.flatMap(([facet, value]) => (typeof value === "string" ? [[facet, value] as const] : []));
}

/** The key never shows the value: an address in a key would outlive what the key points to in logs and metrics. */
const partition = (facet: Facet, value: string): string =>
  `AUDITBY#${facet}#${createHash("sha256").update(value).digest("base64url").slice(0, 22)}`;

/** The five minutes an id belongs to. */
const bucketStart = (at: Epoch): Epoch => Math.floor(at / SLICE_SECONDS) * SLICE_SECONDS;

/**
 * Writes where events are found. An entry's key holds a mark of this very call, so that what one writer wrote no other
 * writes over; where the same events are filed again, readers take each once.
 */
export async function writeIndex(
  table: Table,
  events: readonly StoredEvent[],
  expiresAt: Epoch,
): Promise<void> {
  const entries = new Map<string, Map<string, string[]>>();
  for (const event of events.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    const bucket = toInstant(bucketStart(timeOfReference(event.id) ?? event.at));
    for (const [facet, value] of facetsOf(event)) {
      const pk = partition(facet, value);
      const buckets = entries.get(pk) ?? new Map<string, string[]>();
      entries.set(pk, buckets);
      const refs = buckets.get(bucket) ?? [];
      buckets.set(bucket, refs);
      refs.push(refOf(event));
    }
  }
  await writeNew(table, itemsOf(entries, newMark(), expiresAt));
}

function* itemsOf(
  entries: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>,
  mark: string,
  expiresAt: Epoch,
): Generator<Attributes> {
  for (const [pk, buckets] of entries)
    for (const [bucket, refs] of buckets)
      for (let at = 0; at < refs.length; at += PART) {
        const sk = `${bucket}#${mark}#${String(at / PART).padStart(3, "0")}`;
        yield toItem(pk, sk, { schema: 1, refs: refs.slice(at, at + PART) }, expiresAt);
      }
}

/** References of one stretch of five minutes. */
export interface Bucket {
  readonly start: Epoch;
  readonly refs: readonly string[];
}

/**
 * Where the events of one facet lie, by stretches of time, newest first.
 *
 * @param onRead Told of every read of the table.
 */
export async function* readIndex(
  table: Table,
  [facet, value]: readonly [Facet, string],
  { from, to }: { readonly from: Epoch; readonly to: Epoch },
  onRead: () => void,
): AsyncGenerator<Bucket> {
  const range = {
    pk: partition(facet, value),
    from: toInstant(bucketStart(from)),
    to: `${toInstant(bucketStart(to))}~`,
    order: "newest first",
    limit: READ,
  } as const;
  let next: Attributes | undefined;
  let open: { bucket: string; refs: string[] } | undefined;
  do {
    const page = await queryPage(table, range, next);
    onRead();
    for (const item of page.items) {
      const bucket = String(item.sk).split("#", 1)[0] ?? "";
      if (open !== undefined && open.bucket !== bucket) yield closed(open);
      if (open?.bucket !== bucket) open = { bucket, refs: [] };
      open.refs.push(...parseItem(Entry, item, "AUDITBY").refs);
    }
    next = page.next;
  } while (next !== undefined);
  if (open !== undefined) yield closed(open);
}

const closed = ({ bucket, refs }: { readonly bucket: string; readonly refs: readonly string[] }): Bucket => ({
  start: Date.parse(bucket) / 1000,
  refs: [...new Set(refs)],
});
