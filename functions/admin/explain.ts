import * as v from "valibot";
import { explain } from "../../lib/flows/admin.ts";
import { decideFor } from "../../lib/flows/decide.ts";
import { Hypothetical } from "../../lib/rules/hypothetical.ts";
import { json } from "../respond.ts";
import { Decision } from "./answers.ts";
import { broker } from "./open.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

const Oneself = v.strictObject({});
/** Oneself is `{}`. What is wrong with somebody is told in their terms, not as neither of two. */
const Asked: v.GenericSchema<unknown, Hypothetical | { readonly connection?: never }> = v.lazy((sent) => {
  if (sent === undefined) return v.union([Oneself, Hypothetical]);
  return v.is(Oneself, sent) ? Oneself : Hypothetical;
});

const explained = adminRoute(
  {
    does: "What the rules decide of somebody, or of the caller, and why.",
    body: Asked,
    doing: "reads",
    looks: "explain",
    answers: Decision,
    refuses: ["connection_unknown"],
  },
  async ({ body, who, at }) =>
    body.connection !== undefined
      ? json(await explain(broker(), body))
      : json((await decideFor(broker(), who.identity, at.sourceIp)).decision),
);

export const explainRoutes: AdminRoutes = { "POST /api/admin/explain": explained };
