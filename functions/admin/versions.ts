import * as v from "valibot";
import {
  pageOfVersions,
  planRollback,
  rollBack,
  showVersion,
  tellDifferences,
} from "../../lib/flows/versions.ts";
import { readHead } from "../../lib/store/rules.ts";
import { json } from "../respond.ts";
import * as answers from "./answers.ts";
import { objectsReply, Which } from "./configuration.ts";
import { broker } from "./open.ts";
import { cursor, most, readCursor, refuseForeign } from "./pages.ts";
import { dueOf, Later, NOT_PUBLISHED, publishedReply, tagOf, Wish, wishOf } from "./publishing.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

const Text = v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100)));
const Page = v.object({
  most: most("20", 100),
  cursor,
  state: v.optional(v.picklist(["published", "unfinished", "aborted"])),
  /** Who published, by id. */
  person: Text,
  origin: Text,
});

const Listed = v.strictObject({ versions: v.array(answers.Version), cursor: v.optional(v.string()) });

const versions = adminRoute(
  { does: "Versions, the latest first.", query: Page, doing: "reads", looks: "versions", answers: Listed },
  async ({ query: { most, cursor, state, person, origin } }) => {
    const [before] = cursor === undefined ? [] : readCursor(cursor, 1);
    const { versions, more } = await pageOfVersions(
      broker(),
      { most, ...(before === undefined ? {} : { before }) },
      {
        ...(state === undefined ? {} : { state }),
        ...(person === undefined ? {} : { personId: person }),
        ...(origin === undefined ? {} : { origin }),
      },
    );
    return json({ versions, ...(more === undefined ? {} : { cursor: String(more) }) });
  },
);

const Digits = v.pipe(v.string(), v.regex(/^\d{1,9}$/, "write the number of a version"), v.toNumber());
const Named = v.object({ version: Digits });

const Shown = v.strictObject({
  ...answers.Version.entries,
  differences: v.array(answers.Change),
  rest: v.optional(answers.Rest),
});

const version = adminRoute(
  {
    does: "One version: who, when, why, and what it changed.",
    path: Named,
    doing: "reads",
    looks: "version",
    answers: Shown,
    refuses: ["version_unknown"],
  },
  async ({ path }) => json(await showVersion(broker(), path.version)),
);

const objects = adminRoute(
  {
    does: "What a version holds, as it was written.",
    path: Named,
    query: Which,
    doing: "reads",
    looks: "version",
    answers: answers.Objects,
    refuses: ["version_unknown"],
  },
  async ({ path, query }) => {
    if (query.cursor !== undefined && readCursor(query.cursor, 3)[0] !== path.version) refuseForeign();
    return objectsReply(path.version, query);
  },
);

const difference = adminRoute(
  {
    does: "What differs from one version to another, or to what is published.",
    path: Named,
    query: v.object({ to: v.optional(Digits), changesFrom: v.optional(Digits) }),
    doing: "reads",
    looks: "version",
    answers: v.strictObject({
      from: v.number(),
      to: v.number(),
      changes: v.array(answers.Change),
      rest: v.optional(answers.Rest),
    }),
    refuses: ["version_unknown"],
  },
  async ({ path, query }) => {
    const to = query.to ?? (await readHead(broker().table)).version;
    const told = await tellDifferences(broker().table, path.version, to, query.changesFrom);
    return json({ from: path.version, to, ...told });
  },
);

const planned = adminRoute(
  {
    does: "What going back to a version would change, and what speaks against it.",
    path: Named,
    doing: "reads",
    looks: "plan",
    answers: answers.Plan,
    refuses: ["version_unknown", "configuration_too_large"],
  },
  async ({ path, who }) => {
    const plan = await planRollback(broker(), path.version, who);
    return json(plan, 200, tagOf(plan.version));
  },
);

const rollback = adminRoute(
  {
    does: "Publishes what an earlier version said as a new one, at once or when `at` comes.",
    path: Named,
    body: v.object({ ...Wish, ...Later }),
    doing: "edits",
    matches: true,
    answers: answers.Published,
    refuses: [...NOT_PUBLISHED, "version_unknown"],
  },
  async ({ path, body, ifMatch, who: author, at: { reference } }) => {
    const back = { ...wishOf(body, ifMatch), ...dueOf(body.at), to: path.version, author, reference };
    return publishedReply(await rollBack(broker(), back), reference);
  },
);

export const versionRoutes: AdminRoutes = {
  "GET /api/admin/versions": versions,
  "GET /api/admin/versions/{version}": version,
  "GET /api/admin/versions/{version}/objects": objects,
  "GET /api/admin/versions/{version}/diff": difference,
  "POST /api/admin/versions/{version}/plan": planned,
  "POST /api/admin/versions/{version}/rollback": rollback,
};
