import * as v from "valibot";
import { cancelScheduled, scheduledPage, showScheduled } from "../../lib/flows/scheduled.ts";
import { json } from "../respond.ts";
import * as answers from "./answers.ts";
import { broker } from "./open.ts";
import { most } from "./pages.ts";
import { tagOf } from "./publishing.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

const Id = v.pipe(
  v.string(),
  v.regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, "an id of 26 characters, as `sekisho scheduled list` shows it"),
);
const Named = v.object({ scheduled: Id });

const listed = adminRoute(
  {
    does: "What was scheduled and what became of it, from what is due last back.",
    query: v.object({
      most: most("20", 100),
      cursor: v.optional(Id),
      state: v.optional(v.picklist(answers.SCHEDULED_STATES)),
    }),
    doing: "reads",
    looks: "scheduled",
    answers: v.strictObject({ scheduled: v.array(answers.Scheduled), cursor: v.optional(v.string()) }),
  },
  async ({ query: { most, cursor, state } }) => {
    const page = { most, ...(cursor === undefined ? {} : { before: cursor }) };
    const { scheduled, more } = await scheduledPage(broker(), page, state);
    return json({ scheduled, ...(more === undefined ? {} : { cursor: more }) });
  },
);

const shown = adminRoute(
  {
    does: "One configuration that was scheduled, and what it would change now.",
    path: Named,
    doing: "reads",
    looks: "scheduled",
    answers: v.strictObject({ ...answers.Scheduled.entries, plan: answers.Plan }),
    refuses: ["scheduled_unknown", "configuration_too_large"],
  },
  async ({ path, who }) => {
    const scheduled = await showScheduled(broker(), path.scheduled, who);
    return json(scheduled, 200, tagOf(scheduled.plan.version));
  },
);

const cancelled = adminRoute(
  {
    does: "Ends what was scheduled, before it is due.",
    path: Named,
    doing: "edits",
    answers: v.strictObject({ cancelled: v.string() }),
    refuses: [
      "scheduled_unknown",
      "approval_not_yours",
      "right_exceeded",
      "publish_in_progress",
      "configuration_too_large",
    ],
  },
  async ({ path, who: author, at: { reference } }) => {
    await cancelScheduled(broker(), { id: path.scheduled, author, reference });
    return json({ cancelled: path.scheduled });
  },
);

export const scheduledRoutes: AdminRoutes = {
  "GET /api/admin/scheduled": listed,
  "GET /api/admin/scheduled/{scheduled}": shown,
  "POST /api/admin/scheduled/{scheduled}/cancel": cancelled,
};
