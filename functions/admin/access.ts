import * as v from "valibot";
import { BROKER_PLACE } from "../../lib/core/access.ts";
import { LANGUAGES } from "../../lib/core/messages/words.ts";
import { parseInstant, startBudget } from "../../lib/core/time.ts";
import { Position } from "../../lib/flows/access-cursor.ts";
import { admitPage } from "../../lib/flows/audit-cursor.ts";
import { json } from "../respond.ts";
import { personOf } from "./audit.ts";
import { broker } from "./open.ts";
import { most } from "./pages.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

/** A page is answered soon, however few hold what is asked for. */
const PAGE_MILLISECONDS = 1100;
/** And when nothing more is looked up in the trail. */
const USES_MILLISECONDS = 1700;
/** Nor in versions that were published before. */
const VERSIONS_MILLISECONDS = 1700;

const text = (longest: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(longest));
const Instant = v.pipe(
  v.string(),
  v.transform(parseInstant),
  v.number("an instant such as 2026-11-22T09:41:00Z"),
);
const Days = v.pipe(
  v.string(),
  v.regex(/^\d{1,4}$/, "a number of days"),
  v.toNumber(),
  v.minValue(1),
  v.maxValue(3650),
);

/** Every field narrows; none of them asks about everybody and everything. */
const Question = v.strictObject({
  /** A person's opaque id, or `connection/subject`. */
  person: v.exactOptional(text(400)),
  connection: v.exactOptional(text(48)),
  /** A value of the claim `groups`. */
  group: v.exactOptional(text(1024)),
  account: v.exactOptional(
    v.pipe(v.string(), v.regex(/^(?:\d{12}|broker)$/, `twelve digits, or \`${BROKER_PLACE}\``)),
  ),
  role: v.exactOptional(text(64)),
  at: v.exactOptional(Instant),
  /** Only what was not used for so many days. */
  unused: v.exactOptional(Days),
  language: v.optional(v.picklist(LANGUAGES), "en"),
  most: most("100", 1000),
  cursor: v.exactOptional(text(2000)),
});

const Text = v.string();
const Whole = v.pipe(v.number(), v.integer());
const Row = v.strictObject({
  personId: Text,
  name: v.optional(Text),
  connection: Text,
  accountId: Text,
  accountName: v.optional(Text),
  role: Text,
  how: v.picklist(["given", "eligible"]),
  rules: v.array(Text),
  seenAt: Whole,
  seenLater: v.optional(v.boolean()),
  lastUsedAt: v.optional(v.number()),
  unusedSince: v.optional(v.number()),
});
const Told = v.strictObject({ id: Text, effect: Text, sentence: Text });
const Grant = v.strictObject({
  ...Told.entries,
  owner: v.optional(Text),
  until: v.optional(Whole),
  since: v.strictObject({ version: Whole, at: Whole, atLeast: v.optional(v.literal(true)) }),
});
const Answer = v.strictObject({
  version: Whole,
  at: Whole,
  rows: v.array(Row),
  rules: v.array(Told),
  grants: v.optional(v.array(Grant)),
  moreGrants: v.optional(Whole),
  looked: Whole,
  people: Whole,
  cursor: v.optional(Text),
});

const access = adminRoute(
  {
    does: "Who can reach what, now or at an instant, and by which rules; which rules give it, and since which version.",
    query: Question,
    doing: "audits",
    answers: Answer,
    refuses: ["version_unknown"],
  },
  async ({ query: { cursor, most, language, at, unused, ...asked }, who, at: { reference } }) => {
    const left = startBudget(PAGE_MILLISECONDS);
    const leftForUses = startBudget(USES_MILLISECONDS);
    const leftForVersions = startBudget(VERSIONS_MILLISECONDS);
    const { accessPage } = await import("../../lib/flows/access.ts");
    const person = await personOf(asked.person);
    const question = { ...asked, ...(person === undefined ? {} : { person }) };
    const { account, role } = asked;
    const { position, cursorTo } = await admitPage(broker(), {
      who,
      reference,
      asked: [question, at, unused],
      cursor,
      what: "access",
      // Groups are values of claims; the trail holds none.
      more: {
        ...(person === undefined ? {} : { person }),
        ...(account === undefined ? {} : { account }),
        // As in the trail everywhere: a name that nobody has may be an address.
        ...(role === undefined || role.includes("@") ? {} : { role }),
      },
    });
    const wanted = {
      question,
      most,
      language,
      ...(at === undefined ? {} : { at }),
      ...(unused === undefined ? {} : { unusedDays: unused }),
      ...(position === undefined ? {} : { position: v.parse(Position, position) }),
    };
    const { next, ...page } = await accessPage(
      broker(),
      wanted,
      () => left() > 0,
      () => leftForUses() > 0,
      () => leftForVersions() > 0,
    );
    return json({ ...page, ...(next === undefined ? {} : { cursor: cursorTo(next) }) });
  },
);

export const accessRoutes: AdminRoutes = { "GET /api/admin/access": access };
