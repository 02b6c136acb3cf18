import { Refusal } from "../core/errors.ts";
import { type Change, diff, type Written } from "../rules/diff.ts";
import type { Table } from "../store/table.ts";
import { listVersions, readVersion, type Version } from "../store/version-records.ts";
import { objectsIn, type Plan, type Planning } from "./plan.ts";
import { planRules, publishRules } from "./publish-rules.ts";
import type { Outcome, Publishing } from "./publishing.ts";
import { type Rest, tellChanges } from "./told-plan.ts";
import { type ToldVersion, tellVersions } from "./told-versions.ts";

/** A page of versions, and the number to go on before. */
export interface VersionPage {
  readonly versions: readonly ToldVersion[];
  readonly more?: number;
}

/** Versions from the latest back; of these, the ones that are asked for, so that a page may hold fewer. */
export async function pageOfVersions(
  broker: Planning,
  page: { readonly most: number; readonly before?: number },
  asked: { readonly state?: Version["state"]; readonly personId?: string; readonly origin?: string } = {},
): Promise<VersionPage> {
  const { versions, more } = await listVersions(broker.table, page);
  const meant = versions.filter(
    ({ state, by, origin }) =>
      (asked.state === undefined || asked.state === state) &&
      (asked.personId === undefined || asked.personId === by.personId) &&
      (asked.origin === undefined || asked.origin === origin),
  );
  return { versions: await tellVersions(broker, meant), ...(more === undefined ? {} : { more }) };
}

/** @throws {Refusal} `version_unknown`. */
export async function showVersion(
  broker: Planning,
  version: number,
): Promise<ToldVersion & { readonly differences: readonly Change[]; readonly rest?: Rest }> {
  const { version: facts } = await found(broker.table, version);
  const [told] = await tellVersions(broker, [facts]);
  if (told === undefined) throw new Refusal("version_unknown", { version });
  const { changes: differences, ...rest } = tellChanges(
    await differencesOf(broker.table, facts.base, version),
  );
  return { ...told, differences, ...rest };
}

/** What differs from one version to another, as much as one answer tells. @throws {Refusal} `version_unknown`. */
export const tellDifferences = async (table: Table, from: number, to: number, changesFrom?: number) =>
  tellChanges(await differencesOf(table, from, to), changesFrom);

/** What differs from one version to another. @throws {Refusal} `version_unknown`. */
async function differencesOf(table: Table, from: number, to: number): Promise<readonly Change[]> {
  const [before, after] = await Promise.all([objectsOfVersion(table, from), objectsOfVersion(table, to)]);
  return diff(before, after);
}

/**
 * What a version holds, as it was written; nothing where it is 0.
 *
 * @throws {Refusal} `version_unknown` when there is none, it was never finished, or its content was not kept.
 */
export async function objectsOfVersion(table: Table, version: number): Promise<readonly Written[]> {
  if (version === 0) return [];
  const { source } = await found(table, version);
  if (source.length === 0) throw new Refusal("version_unknown", { version, source: "not kept" });
  return objectsIn(table, source);
}

async function found(table: Table, version: number) {
  const read = await readVersion(table, version);
  if (read === undefined) throw new Refusal("version_unknown", { version });
  return read;
}

type Back = Omit<Publishing, "objects" | "rollbackOf" | "origin"> & { readonly to: number };

/** What going back to a version would change, and what speaks against it. @throws {Refusal} `version_unknown`. */
export async function planRollback(broker: Planning, to: number, author: Back["author"]): Promise<Plan> {
  return planRules(broker, { objects: await publishedObjects(broker.table, to), author });
}

/**
 * Publishes what an earlier version said as a new one: history is added to, never taken back.
 *
 * @throws {Refusal} `version_unknown`, and as `publishRules`.
 */
export async function rollBack(broker: Planning, { to, message, ...back }: Back): Promise<Outcome> {
  const objects = await publishedObjects(broker.table, to);
  const reason = message ?? `Rolled back to version ${to}`;
  return publishRules(broker, { ...back, objects, message: reason, rollbackOf: to });
}

/** Only what was in force once can be gone back to: nobody agreed to the rest. */
async function publishedObjects(table: Table, version: number): Promise<readonly Written[]> {
  const { version: facts } = await found(table, version);
  if (facts.state !== "published") throw new Refusal("version_unknown", { version, state: facts.state });
  return objectsOfVersion(table, version);
}
