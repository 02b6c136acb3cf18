import * as v from "valibot";
import { newSecret } from "../core/secret.ts";
import type { Epoch } from "../core/time.ts";
import { putIf, putOver, readItem, toItem } from "./item.ts";
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
  const Item = toItem(`PERSON#${person.personId}`, "NAME", { schema: 1, ...person }, expiresAt);
  await putOver(table, Item);
}

/** The random value that makes person ids of this deployment unguessable; made once, by whoever needs it first. */
export async function readPepper(table: Table): Promise<string> {
  const found = await readItem(table, "PEPPER", "PEPPER", Pepper);
  if (found !== undefined) return found.value;
  const value = newSecret();
  if (await putIf(table, toItem("PEPPER", "PEPPER", { schema: 1, value }))) return value;
  return readPepper(table);
}
