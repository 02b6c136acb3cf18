import * as v from "valibot";
import { keepPart, sentParts } from "../../lib/flows/drafts.ts";
import { json } from "../respond.ts";
import { broker } from "./open.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";
import { Part, Piece } from "./sent-objects.ts";

const sent = adminRoute(
  {
    does: "Which parts of a large configuration of yours are there already and need not be sent again.",
    doing: "reads",
    answers: v.strictObject({ parts: v.array(v.string()) }),
  },
  async ({ who }) => json({ parts: await sentParts(broker(), who) }),
);

const put = adminRoute(
  {
    does: "Keeps one part of a large configuration for a day, for its author alone; changes nothing that is published.",
    path: v.object({ part: Part }),
    body: Piece,
    // Whoever may plan may send what is planned.
    doing: "reads",
    answers: v.strictObject({ part: v.string(), expiresAt: v.number() }),
    refuses: ["draft_invalid", "draft_full"],
  },
  async ({ path: { part }, body, who }) =>
    json({ part, expiresAt: await keepPart(broker(), who, part, Buffer.from(body.gzip, "base64")) }),
);

export const draftRoutes: AdminRoutes = {
  "GET /api/admin/drafts": sent,
  "PUT /api/admin/drafts/{part}": put,
};
