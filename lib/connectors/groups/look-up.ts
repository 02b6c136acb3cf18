import type { OidcConnection } from "../../core/connection.ts";
import { isRefusal, Refusal } from "../../core/errors.ts";
import type { Outbound, OutboundRequest } from "../../core/outbound.ts";
import { startBudget } from "../../core/time.ts";
import type { Peeked } from "../../oidc/peek.ts";
import type { Surroundings } from "../connector.ts";

/** The whole look-up ends after this long, milliseconds, and holds at most so many pages and groups. */
const LONGEST_MILLISECONDS = 3000;
const MOST_PAGES = 20;
export const MOST_GROUPS = 5000;
/** Longest page read, bytes. */
const LONGEST_PAGE = 2_000_000;

/** One look-up: whom it is about, and the door out narrowed to its budget. */
export interface LookUp {
  readonly connection: OidcConnection;
  readonly claims: Peeked["claims"];
  readonly surroundings: Surroundings;
  /** Like `Outbound`, ending with the look-up. */
  readonly call: Outbound;
}

/** A vendor's way to tell the groups of the person a verified token speaks of. */
export type ReadGroups = (lookUp: LookUp) => Promise<readonly string[]>;

/** @throws {Refusal} `groups_lookup_failed`; `reason` is for the log. */
export const failed = (reason: string, more: Record<string, unknown> = {}): Refusal =>
  new Refusal("groups_lookup_failed", { reason, ...more });

function budgeted(outbound: Outbound): Outbound {
  const left = startBudget(LONGEST_MILLISECONDS);
  return (request) => {
    const timeoutMilliseconds = left();
    if (timeoutMilliseconds === 0) throw failed("budget");
    return outbound({ ...request, timeoutMilliseconds, maxBytes: LONGEST_PAGE });
  };
}

/**
 * Asks the vendor for a person's groups.
 *
 * @throws {Refusal} `groups_lookup_failed` for whatever went wrong; the first cause is in its detail.
 */
export async function lookUpGroups(
  read: ReadGroups,
  connection: OidcConnection,
  claims: Peeked["claims"],
  surroundings: Surroundings,
): Promise<readonly string[]> {
  try {
    const groups = await read({ connection, claims, surroundings, call: budgeted(surroundings.outbound) });
    if (groups.length > MOST_GROUPS) throw failed("too_many_groups");
    return [...new Set(groups)];
  } catch (thrown) {
    if (isRefusal(thrown, "groups_lookup_failed")) throw thrown;
    const detail = isRefusal(thrown) ? { ...thrown.detail, code: thrown.code } : {};
    throw new Refusal("groups_lookup_failed", { reason: "failed", ...detail });
  }
}

/** An answer as JSON, with its headers. @throws {Refusal} `groups_lookup_failed` unless it is 200 and a JSON object. */
export async function callJson(
  call: Outbound,
  request: OutboundRequest,
): Promise<{ json: unknown; headers: Readonly<Record<string, string>> }> {
  const { status, body, headers } = await call(request);
  if (status !== 200) throw failed("status", { status, host: new URL(request.url).host });
  try {
    return { json: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)), headers };
  } catch {
    throw failed("not_json", { host: new URL(request.url).host });
  }
}

/** One page of groups and the address of the next. */
export interface Page {
  readonly groups: readonly string[];
  readonly next: string | undefined;
}

/**
 * Reads page after page, within the bounds.
 *
 * @throws {Refusal} `groups_lookup_failed` when there are more, or the next page lies on another origin: whoever
 *   answers may not send our credential elsewhere.
 */
export async function readPages(first: string, readPage: (url: string) => Promise<Page>): Promise<string[]> {
  const groups: string[] = [];
  let url: string | undefined = first;
  for (let page = 0; url !== undefined; page++) {
    if (page === MOST_PAGES) throw failed("too_many_pages");
    const read: Page = await readPage(url);
    groups.push(...read.groups);
    if (groups.length > MOST_GROUPS) throw failed("too_many_groups");
    url = read.next === undefined ? undefined : sameOrigin(read.next, first);
  }
  return groups;
}

function sameOrigin(next: string, first: string): string {
  if (!URL.canParse(next, first)) throw failed("next_page");
  const url = new URL(next, first);
  if (url.origin !== new URL(first).origin) throw failed("next_page_elsewhere");
  return url.href;
}

/** A form body. */
export const form = (fields: Readonly<Record<string, string>>) => ({
  method: "POST" as const,
  headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
  body: new URLSearchParams(fields).toString(),
});
