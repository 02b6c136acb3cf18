import type { Clock } from "../core/time.ts";
import { readPersonNames } from "../store/people.ts";
import type { Table } from "../store/table.ts";
import type { Version } from "../store/version-records.ts";

/** A version as administrators read it: whoever published has a name, unless it was erased. */
export interface ToldVersion extends Omit<Version, "by"> {
  readonly author: Version["by"];
}

/** Puts the names of people beside their ids; they lie in the record that can be erased and nowhere else. */
export async function tellVersions(
  { table, clock }: { readonly table: Table; readonly clock: Clock },
  versions: readonly Version[],
): Promise<readonly ToldVersion[]> {
  const people = versions.flatMap(({ by }) => (by.personId === undefined ? [] : [by.personId]));
  const names = await readPersonNames(table, [...new Set(people)], clock.now());
  return versions.map(({ by, ...version }) => {
    const name = by.name ?? names.get(by.personId ?? "");
    return { ...version, author: { ...by, ...(name === undefined ? {} : { name }) } };
  });
}
