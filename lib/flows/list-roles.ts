import type { Decision } from "../core/decision.ts";
import type { Identity } from "../core/identity.ts";
import type { PlacedRole } from "../core/role.ts";
import { placedRoleKey, type World } from "../core/world.ts";
import type { Bearer } from "./bearer.ts";
import type { Deciding } from "./broker.ts";
import { decideForBearer } from "./granted-role.ts";

/** One line of the register: a role somebody has now. */
export interface ListedRole {
  readonly placed: PlacedRole;
  readonly sessionSeconds: number;
}

/** Everything a person has now, decided now; ordered by OU path, account name, role. @throws {Refusal} as `decideForBearer`. */
export async function listRoles(
  broker: Deciding,
  bearer: Bearer,
  sourceIp: string,
): Promise<{ roles: readonly ListedRole[]; decision: Decision; world: World; identity: Identity }> {
  const { decision, world } = await decideForBearer(broker, bearer, sourceIp);
  const roles = decision.roles.flatMap(({ accountId, role, sessionSeconds }) => {
    const placed = world.roles.get(placedRoleKey(accountId, role));
    return placed === undefined ? [] : [{ placed, sessionSeconds }];
  });
  return { roles: roles.sort(byPlace), decision, world, identity: bearer.identity };
}

const byPlace = (a: ListedRole, b: ListedRole): number =>
  compare(a.placed.accountPath, b.placed.accountPath) ||
  compare(a.placed.accountName, b.placed.accountName) ||
  compare(a.placed.name, b.placed.name);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
