import * as v from "valibot";
import { AccountId, RoleName } from "../lib/core/role.ts";
import type { Bearer } from "../lib/flows/bearer.ts";
import type { Deciding } from "../lib/flows/broker.ts";
import { showRole } from "../lib/flows/granted-role.ts";
import type { Event } from "./middleware.ts";
import type { CredentialsView } from "./pages/view.ts";
import { rowOf } from "./rows.ts";
import { languageOf, whoIs } from "./visitor.ts";

const Digits = v.pipe(v.string(), v.regex(/^\d{3,5}$/), v.transform(Number));

/** The form on `/credentials`. */
export const KeysForm = v.object({
  account: AccountId,
  role: RoleName,
  scope: v.optional(v.string(), ""),
  durationSeconds: v.optional(
    v.union([
      v.pipe(
        v.literal(""),
        v.transform(() => undefined),
      ),
      Digits,
    ]),
  ),
  form: v.optional(v.picklist(["env", "profile", "json"]), "env"),
  show: v.optional(v.string()),
});

/** The row of one role a person has now, and how it may be narrowed. @throws {Refusal} as `showRole`. */
export async function wantedRow(
  broker: Deciding,
  bearer: Bearer,
  ask: { readonly account: string; readonly role: string; readonly sourceIp: string },
) {
  const { granted, placed, world } = await showRole(broker, bearer, { ...ask, accountId: ask.account });
  return {
    row: rowOf(placed, granted.sessionSeconds),
    world,
    /** Every scope where the rules name none. */
    scopeIds: granted.scopes ?? [...world.scopes.keys()],
    scopeRequired: granted.scopes !== undefined,
  };
}

type Wanted = Awaited<ReturnType<typeof wantedRow>>;

/** What the credentials page shows of a role before and after issuing. */
export function credentialsView(
  event: Event,
  {
    row,
    world,
    scopeIds,
    scopeRequired,
    bearer,
    csrf,
    brokerUrl,
  }: Wanted & { bearer: Bearer; csrf: string; brokerUrl: string },
): Omit<CredentialsView, "shown"> {
  const scopes = scopeIds.flatMap((id) => {
    const scope = world.scopes.get(id);
    if (scope === undefined || Object.keys(scope.parameters).length > 0) return [];
    return [{ id, ...(scope.description === undefined ? {} : { description: scope.description }) }];
  });
  const path = `/credentials?${new URLSearchParams({ account: row.accountId, role: row.role })}`;
  return {
    language: languageOf(event),
    path,
    who: whoIs(bearer, world),
    row,
    csrf,
    scopes,
    scopeRequired,
    brokerUrl,
  };
}
