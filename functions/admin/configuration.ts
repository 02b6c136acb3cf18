import * as v from "valibot";
import { KINDS, type Kind } from "../../lib/core/objects.ts";
import { previewRules } from "../../lib/flows/preview.ts";
import { planRules, publishRules } from "../../lib/flows/publish-rules.ts";
import { checkDue } from "../../lib/flows/schedule.ts";
import { objectsOfVersion } from "../../lib/flows/versions.ts";
import { readHead } from "../../lib/store/rules.ts";
import { json, type Reply } from "../respond.ts";
import * as answers from "./answers.ts";
import { broker } from "./open.ts";
import { cursor, most, pageFrom, readCursor, refuseForeign } from "./pages.ts";
import {
  dueOf,
  From,
  Later,
  NOT_PUBLISHED,
  Overwriting,
  Previewing,
  publishedReply,
  tagOf,
  UNSENT,
  Wish,
  wishOf,
} from "./publishing.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";
import { Objects, objectsOf } from "./sent-objects.ts";

/** Which objects of a configuration. */
export const Which = v.object({
  kind: v.optional(v.picklist(Object.keys(KINDS) as Kind[])),
  most: most("200000", 200_000),
  cursor,
});

/** Objects of one version, as many as fit one answer. A cursor stays with the version and the kind it was made for. */
export async function objectsReply(
  latest: number,
  { kind, most, cursor: at }: v.InferOutput<typeof Which>,
): Promise<Reply> {
  const place = kind === undefined ? 0 : Object.keys(KINDS).indexOf(kind) + 1;
  const [version = latest, from = 0, of = place] = at === undefined ? [] : readCursor(at, 3);
  if (of !== place) refuseForeign();
  const objects = await objectsOfVersion(broker().table, version);
  const meant = kind === undefined ? objects : objects.filter((one) => one.kind === kind);
  const { page, next } = pageFrom(meant, from, most);
  const more = next === undefined ? {} : { cursor: `${version}.${next}.${place}` };
  return json({ version, objects: page, ...more }, 200, tagOf(version));
}

const configuration = adminRoute(
  {
    does: "What is published, as it was written.",
    query: Which,
    doing: "reads",
    looks: "configuration",
    answers: answers.Objects,
    refuses: ["version_unknown"],
  },
  async ({ query }) => objectsReply((await readHead(broker().table)).version, query),
);

const plan = adminRoute(
  {
    does: "What a configuration would change, and what speaks against it.",
    body: v.object({ ...Objects, ...From, ...Previewing, ...Later }),
    doing: "reads",
    // What a plan would remove is what is published.
    looks: "plan",
    answers: answers.Plan,
    refuses: ["configuration_too_large", ...UNSENT],
  },
  async ({ body, who }) => {
    const { dueAt } = dueOf(body.at);
    // What can never be scheduled is not planned for.
    if (dueAt !== undefined) checkDue(dueAt, broker().clock.now());
    const wished = { ...wishOf(body), objects: await objectsOf(body, who, "api"), author: who };
    const { preview } = body;
    const planned = await (preview === undefined
      ? planRules(broker(), wished)
      : previewRules(broker(), wished, preview));
    return json(planned, 200, tagOf(planned.version));
  },
);

const apply = adminRoute(
  {
    does: "Publishes a whole configuration, at once or when `at` comes.",
    body: v.object({ ...Objects, ...From, ...Wish, ...Overwriting, ...Later }),
    doing: "edits",
    matches: true,
    answers: answers.Published,
    refuses: [...NOT_PUBLISHED, ...UNSENT],
  },
  async ({ body, ifMatch, who: author, at: { reference } }) => {
    const wish = { ...wishOf(body, ifMatch), ...dueOf(body.at) };
    const objects = await objectsOf(body, author, "api");
    return publishedReply(await publishRules(broker(), { ...wish, objects, author, reference }), reference);
  },
);

export const configurationRoutes: AdminRoutes = {
  "GET /api/admin/configuration": configuration,
  "POST /api/admin/plan": plan,
  "POST /api/admin/apply": apply,
};
