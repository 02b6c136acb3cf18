import { Refusal } from "../core/errors.ts";
import type { Epoch } from "../core/time.ts";
import { putUnder, toItem } from "./item.ts";
import { isConditionFailure, type Table } from "./table.ts";

/**
 * Marks an answer as used, once for all.
 *
 * @param once What the connector named: a fingerprint and the last instant at which the answer could be accepted.
 * @throws {Refusal} `signin_replayed` when it was used before.
 */
export async function claimOnce(
  table: Table,
  once: { readonly key: string; readonly until: Epoch },
  now: Epoch,
): Promise<void> {
  const NEVER_SEEN = "attribute_not_exists(pk)";
  const LONG_OVER = "expiresAt < :now"; // TTL has not swept it yet; its answer is refused for its age anyway
  try {
    const item = toItem(`REPLAY#${once.key}`, "REPLAY", { schema: 1, expiresAt: once.until }, once.until);
    await putUnder(table, item, `${NEVER_SEEN} OR ${LONG_OVER}`, { ":now": now });
  } catch (cause) {
    if (isConditionFailure(cause)) throw new Refusal("signin_replayed", {}, { cause });
    throw cause;
  }
}
