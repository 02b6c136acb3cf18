import * as v from "valibot";
import { currentObjects } from "../../lib/flows/plan.ts";
import { planRules, publishRules } from "../../lib/flows/publish-rules.ts";
import { readHead } from "../../lib/store/rules.ts";
import { json } from "../respond.ts";
import { broker } from "./open.ts";
import { finished, Objects, objectsOf, statusOf, Wish, wishOf } from "./publishing.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

const configuration = adminRoute(
  { does: "What is published, as it was written.", looks: "configuration" },
  async () => {
    const head = await readHead(broker().table);
    return json({ version: head.version, objects: await currentObjects(broker().table, head) });
  },
);

const plan = adminRoute(
  {
    does: "What a configuration would change, and what speaks against it.",
    body: v.object(Objects),
    // What a plan would remove is what is published.
    looks: "plan",
  },
  async ({ body, who }) => json(await planRules(broker(), objectsOf(body), who)),
);

const apply = adminRoute(
  { does: "Publishes a whole configuration.", body: v.object({ ...Objects, ...Wish }) },
  async ({ body, who: author, at: { reference } }) => {
    const objects = objectsOf(body);
    const outcome = await publishRules(broker(), { ...wishOf(body), objects, author, reference });
    return json(await finished(outcome, reference), statusOf(outcome));
  },
);

export const configurationRoutes: AdminRoutes = {
  "GET /api/admin/configuration": configuration,
  "POST /api/admin/plan": plan,
  "POST /api/admin/apply": apply,
};
