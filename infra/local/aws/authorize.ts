import { callerArn } from "./assume-role.ts";
import { judge, sessionContext } from "./evaluate.ts";
import { AwsFault } from "./faults.ts";
import type { Caller } from "./sigv4.ts";
import type { World } from "./wire.ts";

/**
 * Whether a caller may use an operation at all. Administrators of an account may; a session needs its role and its
 * session policy to allow the operation on every resource, which is stricter than AWS and never wider.
 *
 * @throws {AwsFault} of the code the wire uses.
 */
export function authorize(caller: Caller, action: string, world: World, code: string): void {
  if (caller.kind === "account") return;
  const context = sessionContext(caller.session, world.clock.now());
  if (judge(world.state, caller.session, { action, resource: "*", context }).allowed) return;
  throw new AwsFault(403, code, `User: ${callerArn(caller)} is not authorized to perform: ${action}`);
}
