import * as v from "valibot";
import { type Person, partsOf, Test } from "../core/promise.ts";
import { personId } from "../core/secret.ts";
import { canonical, type Written } from "../rules/diff.ts";
import { findSeen, type Seen } from "../store/seen.ts";
import type { Author, Planning } from "./plan.ts";

/** People read at a time. */
const AT_ONCE = 16;

/**
 * What was last proven of the people whom tests name, by the test's id. Whoever may not ask about others is told nothing
 * by a test of their own either; one that is published was written by somebody who may.
 *
 * @param current What is published.
 */
export async function seenInTests(
  { table, clock, pepper }: Planning,
  tests: readonly Test[],
  author: Author,
  current: readonly Written[],
): Promise<ReadonlyMap<string, Seen | "not told">> {
  const found = new Map<string, Seen | "not told">();
  const naming = tests.flatMap((test) => ("person" in test.who ? [{ test, who: test.who }] : []));
  if (naming.length === 0) return found;
  const isTold = toldTo(author, current);
  const left: { readonly id: string; readonly who: Person }[] = [];
  for (const { test, who } of naming) {
    if (isTold(test)) left.push({ id: test.id, who });
    else found.set(test.id, "not told");
  }
  const key = await pepper();
  const find = async ({ id, who }: (typeof left)[number]) => {
    const { connection, subject } = partsOf(who);
    const seen = await findSeen(table, personId(key, connection, subject), clock.now());
    if (seen !== undefined) found.set(id, seen);
  };
  while (left.length > 0) await Promise.all(left.splice(0, AT_ONCE).map(find));
  return found;
}

/** Whether what becomes of a test may be told to its author. */
function toldTo(author: Author, current: readonly Written[]): (test: Test) => boolean {
  if (author.actor === "operator" || author.reach === "everything") return () => true;
  const published = new Set(
    current.flatMap((one) => {
      const parsed = one.kind === "Test" ? v.safeParse(Test, one) : undefined;
      return parsed?.success ? [canonical(parsed.output)] : [];
    }),
  );
  return (test) => published.has(canonical(test));
}
