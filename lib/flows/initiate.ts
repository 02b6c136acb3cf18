import { initiateTarget, readInitiate } from "../connectors/initiate.ts";
import type { World } from "../core/world.ts";
import { peopleConnection } from "./providers.ts";
import { tileTarget } from "./targets.ts";

/**
 * A sign-in that a provider's tile started: which connection, and where it leads.
 *
 * @param id The connection of the address; `iss` must be exactly its issuer, or the request is somebody else's.
 * @param encoded Query or form of the request, as it came.
 * @throws {Refusal} `connection_unknown`, `connection_disabled`, `oidc_initiator_unknown`, `request_invalid`,
 *   `target_not_allowed`.
 */
export function initiatedSignIn(
  world: World,
  id: string,
  encoded: string,
  brokerUrl: string,
): { connection: string; to: string; loginHint?: string } {
  const wish = readInitiate(encoded, brokerUrl);
  const { id: connection } = initiateTarget([peopleConnection(world, id)], wish.iss);
  const hint = wish.loginHint === undefined ? {} : { loginHint: wish.loginHint };
  return { connection, to: tileTarget(wish.to, brokerUrl), ...hint };
}
