import * as v from "valibot";
import { listVersions } from "../../lib/store/versions.ts";
import { json } from "../respond.ts";
import { broker } from "./open.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

const Most = v.object({
  most: v.optional(v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(1), v.maxValue(100)), "20"),
});

const versions = adminRoute(
  { does: "The latest versions, newest first.", query: Most, looks: "versions" },
  async ({ query: { most } }) => json({ versions: await listVersions(broker().table, most) }),
);

export const versionRoutes: AdminRoutes = { "GET /api/admin/versions": versions };
