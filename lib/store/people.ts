import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { newSecret } from "../core/secret.ts";
import type { Epoch } from "../core/time.ts";
import { batchGet } from "./chunks.ts";
import { parseItem, putIf, putOver, readItem, toItem } from "./item.ts";
import type { Table } from "./table.ts";

const Pepper = v.object({ schema: v.literal(1), value: v.pipe(v.string(), v.minLength(40)) });

/** The one record that ties an opaque person id to a name. Erasing it leaves the audit trail whole and nameless. */
export interface PersonName {
  readonly personId: string;
  readonly connection: string;
  readonly subject: string;
  readonly name: string;
  readonly seenAt: Epoch;
}

/** Remembers what a person is called, until `expiresAt`. The latest sign-in wins, but for a record of newer code. */
export async function putPersonName(table: Table, person: PersonName, expiresAt: Epoch): Promise<void> {
  const Item = toItem(`PERSON#${person.personId}`, "NAME", { schema: 1, ...person, expiresAt }, expiresAt);
  await putOver(table, Item);
}

const StoredName = v.object({
  schema: v.literal(1),
  personId: v.string(),
  name: v.string(),
  /** The first names were written without; the table's own sweep ends those. */
  expiresAt: v.optional(v.number(), Number.POSITIVE_INFINITY),
});

/** What people are called who have a name still: one that was erased, or whose time is over, is not there. */
export async function readPersonNames(
  table: Table,
  personIds: readonly string[],
  now: Epoch,
): Promise<ReadonlyMap<string, string>> {
  const keys = personIds.map((id) => ({ pk: `PERSON#${id}`, sk: "NAME" }));
  const items = [...(await batchGet(table, keys)).values()];
  const names = items.map((item) => parseItem(StoredName, unmarshall(item), "PERSON"));
  return new Map(names.filter(({ expiresAt }) => expiresAt > now).map((one) => [one.personId, one.name]));
}

/** The random value that makes person ids of this deployment unguessable; made once, by whoever needs it first. */
export async function readPepper(table: Table): Promise<string> {
  const found = await readItem(table, "PEPPER", "PEPPER", Pepper);
  if (found !== undefined) return found.value;
  const value = newSecret();
  if (await putIf(table, toItem("PEPPER", "PEPPER", { schema: 1, value }))) return value;
  return readPepper(table);
}
