import * as v from "valibot";
import { explain } from "../../lib/flows/admin.ts";
import { decideFor } from "../../lib/flows/decide.ts";
import { Hypothetical } from "../../lib/rules/hypothetical.ts";
import { json } from "../respond.ts";
import { broker } from "./open.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

const Oneself = v.strictObject({});

const explained = adminRoute(
  {
    does: "What the rules decide of somebody, or of the caller, and why.",
    body: v.lazy((sent) => (v.is(Oneself, sent) ? Oneself : Hypothetical)),
    looks: "explain",
  },
  async ({ body, who, at }) =>
    "connection" in body
      ? json(await explain(broker(), body))
      : json((await decideFor(broker(), who.identity, at.sourceIp)).decision),
);

export const explainRoutes: AdminRoutes = { "POST /api/admin/explain": explained };
