import * as v from "valibot";
import { ADMIN_SECONDS } from "../../lib/core/limits.ts";
import { type Admin, admitAdmin, recordLook } from "../../lib/flows/admin.ts";
import { type At, type Event, http, input, jsonBody, query } from "../middleware.ts";
import type { Reply } from "../respond.ts";
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
  /** What the audit trail calls it where somebody only looks. */
  readonly looks?: string;
}

/** One request of an administrator, with everything that was sent in its shape. */
export interface Asked<Path extends Schema, Query extends Schema, Body extends Schema> {
  readonly path: v.InferOutput<Path>;
  readonly query: v.InferOutput<Query>;
  readonly body: v.InferOutput<Body>;
  /** The header of that name, as it was sent. */
  readonly ifMatch: string | undefined;
  readonly who: Admin;
  readonly at: At;
}

export interface AdminRoute {
  readonly says: Says<Schema, Schema, Schema>;
  readonly handle: (event: Event) => Promise<Reply>;
}
/** Routes by API Gateway's `routeKey`. */
export type AdminRoutes = Readonly<Record<string, AdminRoute>>;

const Nothing = v.object({});
type Nothing = typeof Nothing;

/** A route of `/api/admin/`: a bearer token of somebody who is an administrator now, or nothing at all. */
export function adminRoute<
  Path extends Schema = Nothing,
  Query extends Schema = Nothing,
  Body extends Schema = Nothing,
>(says: Says<Path, Query, Body>, answer: (asked: Asked<Path, Query, Body>) => Promise<Reply>): AdminRoute {
  const handle = http(
    async (event, at) => {
      const who = await admitAdmin(broker(), event.headers.authorization, at);
      const asked = {
        path: input(says.path ?? Nothing, event.pathParameters ?? {}),
        query: input(says.query ?? Nothing, says.query === undefined ? {} : query(event)),
        body: input(says.body ?? Nothing, says.body === undefined ? {} : jsonBody(event)),
        ifMatch: event.headers["if-match"],
        who,
        at,
      };
      if (says.looks !== undefined) await recordLook(broker(), who, at.reference, says.looks);
      return answer(asked);
    },
    undefined,
    ADMIN_SECONDS,
  );
  return { says, handle };
}
