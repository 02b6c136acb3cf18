import * as v from "valibot";
import { isAuditKind } from "../../lib/core/audit.ts";
import { Refusal } from "../../lib/core/errors.ts";
import { personId } from "../../lib/core/secret.ts";
import { parseInstant } from "../../lib/core/time.ts";
import { admitPage } from "../../lib/flows/audit-cursor.ts";
import { beginExport, continueExport } from "../../lib/flows/export-audit.ts";
import { type AuditQuery, findReference, queryAudit } from "../../lib/flows/query-audit.ts";
import { parseAddress } from "../../lib/rules/address.ts";
import { FACETS, type Facet } from "../../lib/store/audit-index.ts";
import { readPersonNames } from "../../lib/store/people.ts";
import { json } from "../respond.ts";
import { broker } from "./open.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

const Instant = v.pipe(
  v.string(),
  v.transform(parseInstant),
  v.number("an instant such as 2026-11-22T09:41:00Z"),
);
const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const Cursor = v.pipe(v.string(), v.maxLength(2000));
const Flag = v.pipe(
  v.picklist(["true", "false"]),
  v.transform((text) => text === "true"),
);

/** What may be asked of the trail; every field narrows. */
export const AuditFilter = v.strictObject({
  /** A person's opaque id, or `connection/subject`. */
  person: v.optional(Name),
  account: v.optional(v.pipe(v.string(), v.regex(/^\d{12}$/, "twelve digits"))),
  role: v.optional(Name),
  rule: v.optional(Name),
  connection: v.optional(Name),
  address: v.optional(
    v.pipe(
      Name,
      v.check((text) => parseAddress(text) !== undefined, "an IP address such as 192.0.2.7 or 2001:db8::7"),
    ),
  ),
  accessKey: v.optional(Name),
  kind: v.optional(v.pipe(v.string(), v.check(isAuditKind, "a kind of docs/audit.md"))),
  outcome: v.optional(v.picklist(["done", "refused"])),
  since: v.optional(Instant),
  until: v.optional(Instant),
});

const EventsQuery = v.strictObject({
  ...AuditFilter.entries,
  /** The id of one event: what a person was shown. */
  reference: v.optional(v.pipe(v.string(), v.regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, "26 characters"))),
  limit: v.optional(v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(1), v.maxValue(500)), "100"),
  /** Names of people besides, of those whose record is still there. */
  names: v.optional(Flag, "false"),
  cursor: v.optional(Cursor),
});

const Names = v.optional(v.record(v.string(), v.string()));

const EventsPage = v.strictObject({
  events: v.array(v.looseObject({ id: v.string(), at: v.number(), kind: v.string() })),
  /** Until when the trail is sealed, and found by index; epoch seconds. */
  sealedTo: v.number(),
  names: Names,
  cursor: v.optional(v.string()),
  again: v.string(),
});

const events = adminRoute(
  {
    does: "Events of the audit trail, newest first, page by page.",
    query: EventsQuery,
    doing: "audits",
    answers: EventsPage,
  },
  async ({ query: { cursor, limit, names, reference, since, until, ...filter }, who, at }) => {
    const person = await personOf(filter.person);
    const { position, cursorTo } = await admitPage(broker(), {
      who,
      reference: at.reference,
      // A walk may be followed: `since` moves on while the question is the same.
      asked: { ...filter, reference, names },
      cursor,
      what: "audit.events",
      more: { names, ...(person === undefined ? {} : { person }) },
    });
    const query = {
      facets: facetsIn({ ...filter, person }),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
    };
    const before = typeof position === "string" ? position : undefined;
    const page =
      reference === undefined
        ? await queryAudit(broker(), query, limit, before)
        : { events: await findReference(broker(), reference), sealedTo: 0 };
    const people = page.events.flatMap(({ personId: id }) => (typeof id === "string" ? [id] : []));
    return json({
      events: page.events,
      sealedTo: page.sealedTo,
      ...(names ? { names: await namesOf(people) } : {}),
      ...("before" in page && page.before !== undefined ? { cursor: cursorTo(page.before) } : {}),
      /** Asks the same again from the newest on, as one look. */
      again: cursorTo(null),
    });
  },
);

const ExportQuery = v.strictObject({
  since: v.optional(Instant),
  until: v.optional(Instant),
  names: v.optional(Flag, "false"),
  cursor: v.optional(Cursor),
});

const ExportPage = v.strictObject({
  lines: v.array(v.looseObject({ type: v.string() })),
  names: Names,
  cursor: v.optional(v.string()),
});

const Position = v.strictObject({
  number: v.number(),
  shard: v.number(),
  after: v.exactOptional(v.string()),
  until: v.number(),
  digests: v.number(),
  events: v.number(),
});

const exported = adminRoute(
  {
    does: "What was sealed, with its digests, page by page: what `sekisho audit verify` reads.",
    query: ExportQuery,
    doing: "audits",
    answers: ExportPage,
  },
  async ({ query: { cursor, since, until, names }, who, at }) => {
    const { table, clock } = broker();
    const { position, cursorTo } = await admitPage(broker(), {
      who,
      reference: at.reference,
      asked: { export: true, since, until, names },
      cursor,
      what: "audit.export",
      more: { names },
    });
    const { lines, next } =
      position === undefined
        ? await beginExport(table, { since: since ?? 0, until: until ?? clock.now() })
        : await continueExport(table, v.parse(Position, position));
    const people = lines.flatMap((line) => {
      const id = line.type === "event" ? line.event.personId : undefined;
      return typeof id === "string" ? [id] : [];
    });
    return json({
      lines,
      ...(names ? { names: await namesOf(people) } : {}),
      ...(next === undefined ? {} : { cursor: cursorTo(next) }),
    });
  },
);

const PERSON_ID = /^[0-9A-Z]{26}$/;

/**
 * A person's opaque id, also where they are named as their provider knows them: `connection/subject`. Whom somebody looked
 * for is written down, so nothing else is taken: it may be a name or an address.
 *
 * @throws {Refusal} `request_invalid`.
 */
export async function personOf(asked: string | undefined): Promise<string | undefined> {
  const slash = asked?.indexOf("/") ?? -1;
  if (asked === undefined || PERSON_ID.test(asked)) return asked;
  if (slash < 0) {
    const hint = "person: write the id of a person, or connection/subject.";
    throw new Refusal("request_invalid", { field: "person" }, { about: { hint } });
  }
  return personId(await broker().pepper(), asked.slice(0, slash), asked.slice(slash + 1));
}

function facetsIn(filter: Readonly<Partial<Record<Facet, string | undefined>>>): AuditQuery["facets"] {
  const held = FACETS.flatMap((facet) => {
    const value = filter[facet];
    return value === undefined ? [] : [[facet, value] as const];
  });
  return Object.fromEntries(held);
}

/** Names of those whose record is still there. */
async function namesOf(ids: readonly string[]): Promise<object> {
  const { table, clock } = broker();
  return Object.fromEntries(await readPersonNames(table, [...new Set(ids)], clock.now()));
}

export const auditRoutes: AdminRoutes = {
  "GET /api/admin/audit/events": events,
  "GET /api/admin/audit/export": exported,
};
