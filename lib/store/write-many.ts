import type { Attributes } from "./chunks.ts";
import { newer, putOver } from "./item.ts";
import type { Table } from "./table.ts";

/** Items written at a time. */
const AT_ONCE = 16;

/**
 * Writes items whose keys say what they hold, so that writing one again writes the same; the first failure ends it.
 * One is made when it is written.
 *
 * @throws {Refusal} `broker_updating` where newer code wrote one of them.
 */
export async function writeMany(table: Table, items: Iterable<Attributes>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done; next = waiting.next())
      if (!(await putOver(table, next.value))) throw newer(String(next.value.pk?.S));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
