import type { Clock } from "../core/time.ts";
import { readPersonNames } from "../store/people.ts";
import type { Table } from "../store/table.ts";
import type { By, Version } from "../store/version-records.ts";

/** Somebody who published or proposed, with a name unless it was erased. */
export type ToldBy = By;

/** A version as administrators read it. */
export interface ToldVersion extends Omit<Version, "by" | "approvedBy"> {
  readonly author: ToldBy;
  readonly approver?: ToldBy;
}

interface Reading {
  readonly table: Table;
  readonly clock: Clock;
}

/** Puts the names of people beside their ids; they lie in the record that can be erased and nowhere else. */
export async function namesOf(
  { table, clock }: Reading,
  all: readonly (By | undefined)[],
): Promise<(by: By) => ToldBy> {
  const people = all.flatMap((one) => one?.personId ?? []);
  const names = await readPersonNames(table, [...new Set(people)], clock.now());
  return (by) => {
    const name = by.name ?? names.get(by.personId ?? "");
    return { ...by, ...(name === undefined ? {} : { name }) };
  };
}

export async function tellVersions(
  broker: Reading,
  versions: readonly Version[],
): Promise<readonly ToldVersion[]> {
  const told = await namesOf(
    broker,
    versions.flatMap(({ by, approvedBy }) => [by, approvedBy]),
  );
  return versions.map(({ by, approvedBy, ...version }) => ({
    ...version,
    author: told(by),
    ...(approvedBy === undefined ? {} : { approver: told(approvedBy) }),
  }));
}
