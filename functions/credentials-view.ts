import * as v from "valibot";
import { Refusal } from "../lib/core/errors.ts";
import { AccountId, RoleName } from "../lib/core/role.ts";
import type { World } from "../lib/core/world.ts";
import type { Bearer } from "../lib/flows/bearer.ts";
import type { Deciding } from "../lib/flows/broker.ts";
import { listRoles } from "../lib/flows/list-roles.ts";
import type { Event } from "./middleware.ts";
import type { CredentialsView, RoleRow } from "./pages/view.ts";
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

interface Wanted {
  readonly row: RoleRow;
  readonly world: World;
  /** Ids of the scopes the role may be narrowed to; every scope where the rules name none. */
  readonly scopeIds: readonly string[];
}

/** The row of one role a person has now. @throws {Refusal} `role_not_granted`. */
export async function wantedRow(
  broker: Deciding,
  bearer: Bearer,
  ask: { readonly account: string; readonly role: string; readonly sourceIp: string },
): Promise<Wanted> {
  const { roles, decision, world } = await listRoles(broker, bearer, ask.sourceIp);
  const listed = roles.find(({ placed }) => placed.accountId === ask.account && placed.name === ask.role);
  if (listed === undefined) {
    const about = { accountId: ask.account, role: ask.role };
    const refusal = new Refusal("role_not_granted", about, { about });
    refusal.person = { identity: bearer.identity, since: bearer.since };
    throw refusal;
  }
  const granted = decision.roles.find((one) => one.accountId === ask.account && one.role === ask.role);
  return {
    row: rowOf(listed.placed, listed.sessionSeconds),
    world,
    scopeIds: granted?.scopes ?? [...world.scopes.keys()],
  };
}

/** What the credentials page shows of a role before and after issuing. */
export function credentialsView(
  event: Event,
  {
    row,
    world,
    scopeIds,
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
  return { language: languageOf(event), path, who: whoIs(bearer, world), row, csrf, scopes, brokerUrl };
}
