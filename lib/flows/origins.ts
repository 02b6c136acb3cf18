import { Refusal } from "../core/errors.ts";
import { forgetApplied, readApplied } from "../store/applied.ts";
import { record } from "../store/audit.ts";
import { readPersonNames } from "../store/people.ts";
import type { Admin } from "./admin.ts";
import { originOf, ownerOf } from "./drift.ts";
import type { Planning } from "./plan.ts";
import { eventOf } from "./publish-rules.ts";
import { retentionDays } from "./retention.ts";

/** A name of files that were applied. */
export interface ToldOrigin {
  /** Of the address where it is forgotten: a name holds slashes, and gateways take `%2F` for one. */
  readonly id: string;
  readonly origin: string;
  /** The version they were last applied as. */
  readonly version: number;
  /** The editor with bounds for whom alone it is remembered. */
  readonly owner?: { readonly personId: string; readonly name?: string };
  /** Whether whoever asks may forget it. */
  readonly forgettable: boolean;
}

const idOf = (mark: string): string => Buffer.from(mark).toString("base64url");
const markIn = (id: string): string => Buffer.from(id, "base64url").toString();

/**
 * An administrator any, and whoever it is remembered for alone. Anybody else would take from others' files what keeps
 * them from undoing, in their own name, what was changed since.
 */
const mayForget = ({ reach, personId }: Admin, mark: string): boolean =>
  reach === "everything" || (reach !== "nothing" && ownerOf(mark) === personId);

/** Names of files that were applied, by name. */
export async function listOrigins({ table, clock }: Planning, author: Admin): Promise<readonly ToldOrigin[]> {
  const applied = Object.entries(await readApplied(table));
  const owners = applied.flatMap(([mark]) => ownerOf(mark) ?? []);
  const names = await readPersonNames(table, [...new Set(owners)], clock.now());
  const told = applied.map(([mark, version]): ToldOrigin => {
    const [personId, origin] = [ownerOf(mark), originOf(mark)];
    const name = names.get(personId ?? "");
    return {
      id: idOf(mark),
      origin,
      version,
      ...(personId === undefined ? {} : { owner: { personId, ...(name === undefined ? {} : { name }) } }),
      forgettable: mayForget(author, mark),
    };
  });
  return told.sort((one, other) => (one.origin + one.id < other.origin + other.id ? -1 : 1));
}

interface Forgetting {
  readonly id: string;
  readonly author: Admin;
  readonly reference: string;
}

/**
 * Gives a name up, so that there is room for another. Files of that name are compared two ways from then on, until they
 * are applied again.
 *
 * @throws {Refusal} `origin_unknown`, `admin_required`; `configuration_moved` where they were applied again meanwhile.
 */
export async function forgetOrigin(
  broker: Planning,
  { id, author, reference }: Forgetting,
): Promise<Pick<ToldOrigin, "origin" | "version">> {
  const mark = markIn(id);
  const applied = await readApplied(broker.table);
  const version = Object.hasOwn(applied, mark) ? applied[mark] : undefined;
  if (version === undefined) throw new Refusal("origin_unknown", {});
  if (!mayForget(author, mark)) throw new Refusal("admin_required", {}, { about: { hint: NOT_YOURS } });
  await forgetApplied(broker.table, mark, version);
  const [origin, owner] = [originOf(mark), ownerOf(mark)];
  const event = {
    ...eventOf(broker, { author, reference, objects: [] }, "config.origin-forgotten"),
    detail: { origin, version, ...(owner === undefined ? {} : { owner }) },
  };
  await record(broker.table, event, await retentionDays(broker));
  return { origin, version };
}

const NOT_YOURS =
  "An administrator forgets any name, and an editor with bounds those that are remembered for him alone.";
