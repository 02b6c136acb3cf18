import type { Attributes } from "./chunks.ts";
import { newer, putOver } from "./item.ts";
import type { Table } from "./table.ts";

/** Items written at a time. */
const AT_ONCE = 16;

/**
 * Writes items whose keys say what they hold, so that writing one again writes the same; the first failure ends it.
 *
 * @throws {Refusal} `broker_updating` where newer code wrote one of them.
 */
export async function writeMany(table: Table, items: readonly Attributes[]): Promise<void> {
  const waiting = items.values();
  const work = async (): Promise<void> => {
    for (const item of waiting) if (!(await putOver(table, item))) throw newer(String(item.pk?.S));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
