import { within } from "../lib/core/deadline.ts";
import { DIRECT_SECONDS } from "../lib/core/limits.ts";
import { accessRoutes } from "./admin/access.ts";
import { auditRoutes } from "./admin/audit.ts";
import { configurationRoutes } from "./admin/configuration.ts";
import { connectionRoutes } from "./admin/connections.ts";
import { describedRoutes } from "./admin/described.ts";
import { direct } from "./admin/direct.ts";
import { draftRoutes } from "./admin/drafts.ts";
import { explainRoutes } from "./admin/explain.ts";
import { originRoutes } from "./admin/origins.ts";
import { proposalRoutes } from "./admin/proposals.ts";
import type { AdminRoutes } from "./admin/route.ts";
import { scheduledRoutes } from "./admin/scheduled.ts";
import { versionRoutes } from "./admin/versions.ts";
import { whyRoutes } from "./admin/why.ts";
import { type Event, routes } from "./middleware.ts";

/** Every route of `/api/admin/`, and what describes them. A group of routes is a file beside these and a line here. */
export const ROUTES: AdminRoutes = {
  ...auditRoutes,
  ...configurationRoutes,
  ...draftRoutes,
  ...explainRoutes,
  ...whyRoutes,
  ...versionRoutes,
  ...originRoutes,
  ...proposalRoutes,
  ...scheduledRoutes,
  ...connectionRoutes,
  ...accessRoutes,
  ...describedRoutes(() => ROUTES),
};

const answer = routes(
  Object.fromEntries(Object.entries(ROUTES).map(([route, { handle }]) => [route, handle])),
);

/** API Gateway's events always say from where they come; an event that does not was sent by somebody whom IAM let in. */
export const handler = (event: unknown): Promise<object> =>
  isHttp(event) ? answer(event) : within(DIRECT_SECONDS, () => direct(event));

const isHttp = (event: unknown): event is Event =>
  typeof event === "object" && event !== null && Object.hasOwn(event, "requestContext");
