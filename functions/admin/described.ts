import * as v from "valibot";
import { Refusal } from "../../lib/core/errors.ts";
import { json } from "../respond.ts";
import { broker } from "./open.ts";
import { type AdminRoutes, openRoute } from "./route.ts";

/** Descriptions for tools; made when somebody asks, of the schemas that check. */
export const describedRoutes = (routes: () => AdminRoutes): AdminRoutes => ({
  "GET /api/openapi.json": openRoute(
    { does: "This description, OpenAPI 3.1.", answers: v.looseObject({ openapi: v.literal("3.1.0") }) },
    async () => {
      const { openApi } = await import("./openapi.ts");
      return json(openApi(routes(), broker().config.url));
    },
  ),
  "GET /api/schema/{kind}": openRoute(
    {
      does: "The JSON Schema of a kind of object (rule.json), or of any of them (config.json).",
      path: v.object({
        kind: v.pipe(v.string(), v.regex(/^[a-z]{1,20}\.json$/, "write for example rule.json")),
      }),
      answers: v.looseObject({ $schema: v.string() }),
      refuses: ["not_found"],
    },
    async ({ path }) => {
      const { publishedSchema } = await import("../../lib/core/kind-schemas.ts");
      const schema = publishedSchema(path.kind.replace(/\.json$/, ""));
      if (schema === undefined) throw new Refusal("not_found", { schema: "unknown" });
      return json(schema);
    },
  ),
});
