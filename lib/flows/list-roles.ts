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

/** What somebody sees of their roles. */
export interface Listed {
  readonly roles: readonly ListedRole[];
  /** Those they have not, and a rule lets them ask for. */
  readonly askable: readonly PlacedRole[];
  readonly decision: Decision;
  readonly world: World;
  readonly identity: Identity;
}

/** Everything a person has now or may ask for, decided now; ordered by OU path, account name, role. @throws {Refusal} as `decideForBearer`. */
export async function listRoles(broker: Deciding, bearer: Bearer, sourceIp: string): Promise<Listed> {
  const { decision, world } = await decideForBearer(broker, bearer, sourceIp);
  const roles = decision.roles.flatMap(({ accountId, role, sessionSeconds }) => {
    const placed = world.roles.get(placedRoleKey(accountId, role));
    return placed === undefined ? [] : [{ placed, sessionSeconds }];
  });
  const askable = decision.eligible.flatMap(
    ({ accountId, role }) => world.roles.get(placedRoleKey(accountId, role)) ?? [],
  );
  return {
    roles: roles.sort((a, b) => byPlace(a.placed, b.placed)),
    askable: askable.sort(byPlace),
    decision,
    world,
    identity: bearer.identity,
  };
}

const byPlace = (a: PlacedRole, b: PlacedRole): number =>
  compare(a.accountPath, b.accountPath) || compare(a.accountName, b.accountName) || compare(a.name, b.name);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
