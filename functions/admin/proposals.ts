import * as v from "valibot";
import { approveProposal, proposals, rejectProposal, showProposal } from "../../lib/flows/proposals.ts";
import { json } from "../respond.ts";
import * as answers from "./answers.ts";
import { broker } from "./open.ts";
import { most } from "./pages.ts";
import { NOT_PUBLISHED, publishedReply, tagOf } from "./publishing.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

const Named = v.object({
  proposal: v.pipe(
    v.string(),
    v.regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, "an id of 26 characters, as `sekisho proposals list` shows it"),
  ),
});

const listed = adminRoute(
  {
    does: "Proposals that wait for a second person, and what became of others; the latest first.",
    query: v.object({ most: most("20", 100) }),
    doing: "reads",
    looks: "proposals",
    answers: v.strictObject({ proposals: v.array(answers.Proposal) }),
  },
  async ({ query }) => json({ proposals: await proposals(broker(), query.most) }),
);

const shown = adminRoute(
  {
    does: "One proposal, and what it would change now, for whom; `cursor` goes on where `impact` has one.",
    path: Named,
    query: v.strictObject({ cursor: v.exactOptional(v.pipe(v.string(), v.maxLength(64))) }),
    doing: "reads",
    looks: "proposals",
    answers: v.strictObject({ ...answers.Proposal.entries, plan: answers.Plan }),
    refuses: ["proposal_unknown", "configuration_too_large"],
  },
  async ({ path, query, who }) => {
    const proposal = await showProposal(broker(), path.proposal, who, query.cursor);
    return json(proposal, 200, tagOf(proposal.plan.version));
  },
);

const approved = adminRoute(
  {
    does: "Publishes what somebody else proposed.",
    path: Named,
    body: v.strictObject({ hash: v.pipe(v.string(), v.minLength(1), v.maxLength(100)) }),
    doing: "edits",
    answers: answers.Published,
    refuses: [...NOT_PUBLISHED, "proposal_unknown", "approval_not_yours"],
  },
  async ({ path, body, who: author, at: { reference } }) =>
    publishedReply(
      await approveProposal(broker(), { id: path.proposal, hash: body.hash, author, reference }),
      reference,
    ),
);

const rejected = adminRoute(
  {
    does: "Closes a proposal.",
    path: Named,
    doing: "edits",
    answers: v.strictObject({ rejected: v.string() }),
    refuses: [
      "proposal_unknown",
      "approval_not_yours",
      "right_exceeded",
      "publish_in_progress",
      "configuration_too_large",
    ],
  },
  async ({ path, who: author, at: { reference } }) => {
    await rejectProposal(broker(), { id: path.proposal, author, reference });
    return json({ rejected: path.proposal });
  },
);

export const proposalRoutes: AdminRoutes = {
  "GET /api/admin/proposals": listed,
  "GET /api/admin/proposals/{proposal}": shown,
  "POST /api/admin/proposals/{proposal}/approve": approved,
  "POST /api/admin/proposals/{proposal}/reject": rejected,
};
