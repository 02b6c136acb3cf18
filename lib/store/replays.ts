import { Refusal } from "../core/errors.ts";
import type { Epoch } from "../core/time.ts";
import { putUnder, toItem } from "./item.ts";
import { isConditionFailure, type Table } from "./table.ts";

/**
 * Marks an answer as used, once for all and for every clock: one that jumped ahead would take the mark for over. It stays until
 * the table sweeps it, a day after the answer could last be accepted.
 *
 * @param once What the connector named: a fingerprint and the last instant at which the answer could be accepted.
 * @throws {Refusal} `signin_replayed` when it was used before.
 */
export async function claimOnce(
  table: Table,
  once: { readonly key: string; readonly until: Epoch },
  now: Epoch,
): Promise<void> {
  const mark = { schema: 1, claimedAt: now, expiresAt: once.until };
  try {
    await putUnder(table, toItem(`REPLAY#${once.key}`, "REPLAY", mark, once.until));
  } catch (cause) {
    if (isConditionFailure(cause)) throw new Refusal("signin_replayed", {}, { cause });
    throw cause;
  }
}
