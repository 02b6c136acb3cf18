import { marshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { referenceFrom } from "../core/reference.ts";
import type { Epoch } from "../core/time.ts";
import { parseItem, putIf, readItem, toItem } from "./item.ts";
import { Asker, Kept } from "./kept.ts";
import { type Item, queryAll, queryPage } from "./query.ts";
import type { Table } from "./table.ts";
import { By } from "./version-records.ts";

const KEY = "SCHEDULED";
/** After every id there is: they are of Crockford's base 32. */
const LAST = "~";
/** How long it can be looked up after it was due. */
const KEPT_SECONDS = 30 * 86_400;
/** What is this much too late is not published any more. */
export const TOO_LATE_SECONDS = 3600;
/** How far back the schedule looks for what was missed, so that it is told of. */
const MISSED_SECONDS = 86_400;

/** A configuration that is published when it is due, unless something speaks against it then. */
const Scheduled = v.object({
  /** The id sorts by when it is due. */
  ...Kept.entries,
  /** Raised by every write: who comes second with the same one writes nothing. */
  revision: v.number(),
  verdict: v.picklist(["open", "publishing", "published", "failed", "cancelled"]),
  approvedBy: v.exactOptional(By),
  /** By whose right; the last one's name it goes under. Nobody once it is decided. */
  askers: v.array(Asker),
  dueAt: v.number(),
  overwrite: v.exactOptional(v.union([v.boolean(), v.array(v.string())])),
  /** The proposal it comes from. */
  proposal: v.exactOptional(v.string()),
  /** Until when whoever is publishing it is left alone. */
  heldUntil: v.number(),
  /** The version it is, or was about to become when somebody last tried. */
  version: v.exactOptional(v.number()),
  /** Why it failed. */
  code: v.exactOptional(v.string()),
  endedAt: v.exactOptional(v.number()),
});
export type Scheduled = v.InferOutput<typeof Scheduled>;

/** An id that sorts by when it is due, and otherwise is the one of the request or proposal it comes from. */
export const scheduledId = (dueAt: Epoch, reference: string): string =>
  `${referenceFrom(dueAt).slice(0, 10)}${reference.slice(10)}`;

const itemOf = (one: Scheduled) => toItem(KEY, one.id, one, one.dueAt + KEPT_SECONDS);

/** @returns false where there is one of this id already. */
export const putScheduled = (table: Table, one: Scheduled): Promise<boolean> => putIf(table, itemOf(one));

export const readScheduled = (table: Table, id: string): Promise<Scheduled | undefined> =>
  readItem(table, KEY, id, Scheduled);

/**
 * Writes down what becomes of one, on top of exactly what was read.
 *
 * @returns What it is now; undefined where somebody else wrote meanwhile, and then nothing was written.
 */
export async function changeScheduled(
  table: Table,
  before: Scheduled,
  change: Partial<Scheduled>,
): Promise<Scheduled | undefined> {
  const after = { ...before, ...change, revision: before.revision + 1 };
  const same = { ":before": before.revision };
  return (await putIf(table, itemOf(after), "revision = :before", same)) ? after : undefined;
}

/** Some of them, from the one that is due last back. @param page `before` is the id to stop short of. */
export async function pageOfScheduled(
  table: Table,
  { most, before }: { readonly most: number; readonly before?: string },
): Promise<{ readonly scheduled: readonly Scheduled[]; readonly more?: string }> {
  const range = { pk: KEY, from: "0", to: LAST, order: "newest first", limit: most } as const;
  const start = before === undefined ? undefined : marshall({ pk: KEY, sk: before });
  const { items, next } = await queryPage(table, range, start);
  const more = next?.sk?.S;
  return { scheduled: items.map(parse), ...(more === undefined ? {} : { more }) };
}

/** How many wait. */
export async function countScheduled(table: Table, now: Epoch): Promise<number> {
  const from = referenceFrom(now - TOO_LATE_SECONDS);
  const items = await queryAll(table, { pk: KEY, from, to: LAST, order: "oldest first" });
  return items.filter(({ verdict }) => verdict === "open" || verdict === "publishing").length;
}

/**
 * What is due and was not decided, nor is held by anybody, in order of time.
 *
 * One of newer code is left to newer code, and one that cannot be read does not stop the others: it is told by its id.
 */
export async function dueScheduled(
  table: Table,
  now: Epoch,
): Promise<{ readonly due: readonly Scheduled[]; readonly unreadable: readonly string[] }> {
  const [from, to] = [referenceFrom(now - MISSED_SECONDS), referenceFrom(now + 1)];
  const items = await queryAll(table, { pk: KEY, from, to, order: "oldest first" });
  const waiting = items.filter(({ verdict }) => verdict === "open" || verdict === "publishing");
  const unreadable: string[] = [];
  const due = waiting.flatMap((item) => {
    try {
      return [parse(item)];
    } catch {
      unreadable.push(String(item.sk));
      return [];
    }
  });
  return { due: due.filter(({ heldUntil }) => heldUntil <= now), unreadable };
}

const parse = (item: Item): Scheduled => parseItem(Scheduled, item, KEY);

/** What is told of one: what nobody could begin in time has failed, whether or not that was written down. */
export function stateOfScheduled(
  { verdict, code, dueAt }: Scheduled,
  now: Epoch,
): { readonly state: Scheduled["verdict"]; readonly code?: string } {
  if (verdict === "open" && dueAt + TOO_LATE_SECONDS <= now)
    return { state: "failed", code: "schedule_missed" };
  return { state: verdict, ...(code === undefined ? {} : { code }) };
}
