import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import { type Epoch, systemClock, toInstant } from "../../lib/core/time.ts";
import { type ApiOptions, accepted, callAdmin } from "../api.ts";
import { EXIT, print, Stop, say } from "../command.ts";
import { instantOf } from "../instant.ts";

export interface FilterOptions extends ApiOptions {
  readonly person?: string;
  readonly account?: string;
  readonly role?: string;
  readonly rule?: string;
  readonly connection?: string;
  readonly address?: string;
  readonly accessKey?: string;
  readonly kind?: string;
  readonly outcome?: string;
  readonly reference?: string;
  readonly since?: string;
  readonly until?: string;
  readonly names?: boolean;
  readonly json?: boolean;
  readonly limit?: string;
  readonly every?: string;
}

const Event = v.looseObject({
  id: v.string(),
  at: v.number(),
  kind: v.string(),
  actor: v.optional(v.string()),
  personId: v.optional(v.string()),
  connection: v.optional(v.string()),
  accountId: v.optional(v.string()),
  role: v.optional(v.string()),
  scope: v.optional(v.string()),
  rules: v.optional(v.array(v.string())),
  sourceIp: v.optional(v.string()),
  code: v.optional(v.string()),
  accessKeyId: v.optional(v.string()),
});
type Event = v.InferOutput<typeof Event>;
const Names = v.record(v.string(), v.string());
type Names = v.InferOutput<typeof Names>;
const Page = v.object({
  events: v.array(Event),
  names: v.optional(Names, {}),
  sealedTo: v.number(),
  cursor: v.optional(v.string()),
  again: v.string(),
});
type Page = v.InferOutput<typeof Page>;

const FILTERS = [
  "person",
  "account",
  "role",
  "rule",
  "connection",
  "address",
  "accessKey",
  "kind",
  "outcome",
  "reference",
] as const;

function searchOf(options: FilterOptions, since: Epoch | undefined): URLSearchParams {
  const search = new URLSearchParams();
  for (const filter of FILTERS) {
    const value = options[filter];
    if (value !== undefined) search.set(filter, value);
  }
  const now = systemClock.now();
  if (since !== undefined) search.set("since", toInstant(since));
  const until = options.until === undefined ? undefined : instantOf(options.until, now);
  if (since !== undefined && until !== undefined && since >= until)
    throw new Stop(EXIT.usage, "--since is not before --until: nothing lies between.");
  if (until !== undefined) search.set("until", toInstant(until));
  if (options.names) search.set("names", "true");
  return search;
}

/** Pages of one look, newest first. @param cursor Of an earlier look at the same, which this goes on with. */
async function* pagesOf(
  options: FilterOptions,
  search: URLSearchParams,
  cursor: string | undefined,
): AsyncGenerator<Page> {
  for (let next = cursor, begun = false; !begun || next !== undefined; begun = true) {
    if (next !== undefined) search.set("cursor", next);
    const answer = await callAdmin(options, "GET", `/api/admin/audit/events?${search}`);
    const page = v.parse(Page, accepted(answer));
    yield page;
    next = page.cursor;
  }
}

/** Prints events, newest first, page after page until there are enough. */
export async function query(options: FilterOptions): Promise<void> {
  const limit = wholeNumber(options.limit ?? "100", "--limit", 0);
  const since = options.since === undefined ? undefined : instantOf(options.since, systemClock.now());
  const search = searchOf(options, since);
  let left = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  let none = true;
  search.set("limit", String(Math.min(left, 200)));
  for await (const { events, names, cursor } of pagesOf(options, search, undefined)) {
    for (const event of events.slice(0, left)) printEvent(event, names, options.json === true);
    left -= events.length;
    none &&= events.length === 0;
    if (left > 0) continue;
    if (cursor !== undefined) say("There may be more: ask with a larger --limit, or 0 for all.");
    return;
  }
  if (none) say("No event is like that.");
}

/** A request may write its event so much later than it began. */
const OVERLAP_SECONDS = 180;

/** Prints events as they come, oldest first. Each round asks for the last minutes again and tells what is new. */
export async function tail(options: FilterOptions): Promise<void> {
  const every = wholeNumber(options.every ?? "5", "--every", 2);
  const began = systemClock.now();
  const ending = new AbortController();
  process.once("SIGINT", () => ending.abort());
  say("Waiting for events. Ctrl-C ends it.");
  const following: Following = {
    since: options.since === undefined ? began : instantOf(options.since, began),
    told: new Map(),
    again: undefined,
  };
  while (!ending.signal.aborted) {
    await tellNew(options, following);
    await pause(every * 1000, undefined, { signal: ending.signal }).catch(() => {});
  }
}

interface Following {
  since: Epoch;
  told: Map<string, Epoch>;
  again: string | undefined;
}

async function tellNew(options: FilterOptions, following: Following): Promise<void> {
  const overlap = systemClock.now() - OVERLAP_SECONDS;
  const { since, told } = following;
  const found: (readonly [Event, Names])[] = [];
  for await (const page of pagesOf(options, searchOf(options, since), following.again)) {
    following.again = page.again;
    found.push(...page.events.map((event) => [event, page.names] as const));
  }
  for (const [event, names] of found.toReversed()) {
    if (told.has(event.id)) continue;
    told.set(event.id, event.at);
    printEvent(event, names, options.json === true);
  }
  following.since = Math.max(since, overlap);
  following.told = new Map([...told].filter(([, at]) => at >= overlap - OVERLAP_SECONDS));
}

function wholeNumber(text: string, option: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least)
    throw new Stop(EXIT.usage, `${option} is a whole number from ${least} on.`);
  return number;
}

function printEvent(event: Event, names: Names, json: boolean): void {
  const name = names[event.personId ?? ""];
  print(json ? JSON.stringify(name === undefined ? event : { ...event, name }) : lineOf(event, name));
}

function lineOf(event: Event, name: string | undefined): string {
  const { at, kind, actor, connection, accountId, role, scope, sourceIp, code, accessKeyId, id } = event;
  const who = [connection, name ?? event.personId ?? actor].filter(Boolean).join("/");
  const place = [accountId, role].filter(Boolean).join("/");
  const parts = [who, place, scope, code, accessKeyId, sourceIp, id];
  return [toInstant(at), kind.padEnd(20), ...parts.filter(Boolean)].join("  ");
}
