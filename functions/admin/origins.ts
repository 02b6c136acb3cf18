import * as v from "valibot";
import { forgetOrigin, listOrigins } from "../../lib/flows/origins.ts";
import { json } from "../respond.ts";
import { broker } from "./open.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

const Origin = v.strictObject({
  id: v.string(),
  origin: v.string(),
  version: v.pipe(v.number(), v.integer()),
  owner: v.optional(v.strictObject({ personId: v.string(), name: v.optional(v.string()) })),
  forgettable: v.boolean(),
});

const listed = adminRoute(
  {
    does: "Names that files were applied under, with the version each was last applied as.",
    doing: "reads",
    looks: "origins",
    answers: v.strictObject({ origins: v.array(Origin) }),
  },
  async ({ who }) => json({ origins: await listOrigins(broker(), who) }),
);

const Id = v.pipe(v.string(), v.regex(/^[\w-]{1,300}$/, "an `id` of the list: base64url of the name"));

const forgotten = adminRoute(
  {
    does: "Forgets that files of a name were applied, so that there is room for another.",
    path: v.object({ origin: Id }),
    doing: "edits",
    answers: v.strictObject({ forgotten: v.string(), version: v.number() }),
    refuses: ["origin_unknown", "configuration_moved"],
  },
  async ({ path, who: author, at: { reference } }) => {
    const { origin, version } = await forgetOrigin(broker(), { id: path.origin, author, reference });
    return json({ forgotten: origin, version });
  },
);

export const originRoutes: AdminRoutes = {
  "GET /api/admin/origins": listed,
  "DELETE /api/admin/origins/{origin}": forgotten,
};
