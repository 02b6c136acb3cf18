import * as v from "valibot";
import type { RefusalCode } from "../../lib/core/errors.ts";
import { ADMIN_SECONDS } from "../../lib/core/limits.ts";
import { type Admin, admitAdmin, type Doing, recordLook } from "../../lib/flows/admin.ts";
import { type At, type Event, type Handle, http, input, jsonBody, query } from "../middleware.ts";
import type { Reply } from "../respond.ts";
import { BY_TOKEN } from "./by-token.ts";
import { broker } from "./open.ts";

type Schema = v.GenericSchema;

/** What a route says of itself: what it is for, and the very schemas that check what it is sent. */
export interface Says<Path extends Schema, Query extends Schema, Body extends Schema> {
  /** One sentence. */
  readonly does: string;
  /** What stands in the address, by name. */
  readonly path?: Path;
  readonly query?: Query;
  readonly body?: Body;
  /** What it does, which says whose right is enough; administering where it is not said. */
  readonly doing?: Doing;
  /** What the audit trail calls it where somebody only looks. */
  readonly looks?: string;
  /** Whether it takes the header If-Match. */
  readonly matches?: true;
  /** What it answers when all is well. */
  readonly answers?: Schema;
  /** Refusals besides those that any route may answer. */
  readonly refuses?: readonly RefusalCode[];
}

/** What is told of a route. */
export interface Told extends Says<Schema, Schema, Schema> {
  /** Whether anybody may ask. */
  readonly open: boolean;
  /** It answers a page, or leads to one. */
  readonly page?: true;
}

/** One request, with everything that was sent in its shape. */
export interface Sent<Path extends Schema, Query extends Schema, Body extends Schema> {
  readonly path: v.InferOutput<Path>;
  readonly query: v.InferOutput<Query>;
  readonly body: v.InferOutput<Body>;
  /** The header of that name, as it was sent. */
  readonly ifMatch: string | undefined;
  readonly at: At;
}
/** One request of an administrator. */
export interface Asked<Path extends Schema, Query extends Schema, Body extends Schema>
  extends Sent<Path, Query, Body> {
  readonly who: Admin;
}

export interface AdminRoute {
  readonly says: Told;
  readonly handle: (event: Event) => Promise<Reply>;
}
/** Routes by API Gateway's `routeKey`. */
export type AdminRoutes = Readonly<Record<string, AdminRoute>>;

const Nothing = v.object({});
type Nothing = typeof Nothing;

/** A route of `/api/admin/`: a bearer token of somebody whose right on the broker is enough now, or nothing at all. */
export function adminRoute<
  Path extends Schema = Nothing,
  Query extends Schema = Nothing,
  Body extends Schema = Nothing,
>(says: Says<Path, Query, Body>, answer: (asked: Asked<Path, Query, Body>) => Promise<Reply>): AdminRoute {
  const doing = says.doing ?? "administers";
  const refuses = [...BY_TOKEN, "admin_required" as const, ...(says.refuses ?? [])];
  return {
    says: { ...says, doing, refuses, open: false },
    handle: served(async (event, at) => {
      const who = await admitAdmin(broker(), event.headers.authorization, at, doing);
      const sent = sentIn(says, event, at);
      if (says.looks !== undefined) await recordLook(broker(), who, at.reference, says.looks);
      return answer({ ...sent, who });
    }),
  };
}

/** A route that anybody may ask: it tells nothing of what is configured. */
export const openRoute = <
  Path extends Schema = Nothing,
  Query extends Schema = Nothing,
  Body extends Schema = Nothing,
>(
  says: Says<Path, Query, Body>,
  answer: (sent: Sent<Path, Query, Body>) => Promise<Reply>,
): AdminRoute => ({
  says: { ...says, open: true },
  handle: served(async (event, at) => answer(sentIn(says, event, at))),
});

const served = (handle: Handle) => http(handle, undefined, ADMIN_SECONDS);

function sentIn<Path extends Schema, Query extends Schema, Body extends Schema>(
  says: Says<Path, Query, Body>,
  event: Event,
  at: At,
): Sent<Path, Query, Body> {
  return {
    path: input(says.path ?? Nothing, event.pathParameters ?? {}),
    query: input(says.query ?? Nothing, says.query === undefined ? {} : query(event)),
    body: input(says.body ?? Nothing, says.body === undefined ? {} : jsonBody(event)),
    ifMatch: event.headers["if-match"],
    at,
  };
}
