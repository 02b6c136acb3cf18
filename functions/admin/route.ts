import * as v from "valibot";
import { ADMIN_SECONDS } from "../../lib/core/limits.ts";
import { type Admin, admitAdmin, recordLook } from "../../lib/flows/admin.ts";
import { type At, type Event, http, input, jsonBody, query } from "../middleware.ts";
import type { Reply } from "../respond.ts";
import { broker } from "./open.ts";

/** What a route says of itself: what it is for, and the very schemas that check what it is sent. */
export interface Says<Query extends v.GenericSchema, Body extends v.GenericSchema> {
  /** One sentence. */
  readonly does: string;
  readonly query?: Query;
  readonly body?: Body;
  /** What the audit trail calls it where somebody only looks. */
  readonly looks?: string;
}

/** One request of an administrator, with everything that was sent in its shape. */
export interface Asked<Query extends v.GenericSchema, Body extends v.GenericSchema> {
  readonly query: v.InferOutput<Query>;
  readonly body: v.InferOutput<Body>;
  /** What stands in the address, by name. */
  readonly parameter: (name: string) => string;
  readonly who: Admin;
  readonly at: At;
}

export interface AdminRoute {
  readonly says: Says<v.GenericSchema, v.GenericSchema>;
  readonly handle: (event: Event) => Promise<Reply>;
}
/** Routes by API Gateway's `routeKey`. */
export type AdminRoutes = Readonly<Record<string, AdminRoute>>;

const Nothing = v.object({});
type Nothing = typeof Nothing;

/** A route of `/api/admin/`: a bearer token of somebody who is an administrator now, or nothing at all. */
export function adminRoute<Query extends v.GenericSchema = Nothing, Body extends v.GenericSchema = Nothing>(
  says: Says<Query, Body>,
  answer: (asked: Asked<Query, Body>) => Promise<Reply>,
): AdminRoute {
  const handle = http(
    async (event, at) => {
      const who = await admitAdmin(broker(), event.headers.authorization, at);
      const asked = {
        query: input(says.query ?? Nothing, says.query === undefined ? {} : query(event)),
        body: input(says.body ?? Nothing, says.body === undefined ? {} : jsonBody(event)),
        parameter: (name: string) => event.pathParameters?.[name] ?? "",
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
