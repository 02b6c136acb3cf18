import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { Refusal } from "../core/errors.ts";
import { NOT_NEWER, SCHEMA_NAMES, SCHEMA_VALUES } from "./item.ts";
import { HEAD_KEY } from "./rules.ts";
import { isConditionFailure, type Table } from "./table.ts";
import { readWhole } from "./versions.ts";

/** Which version was last applied from files of each name, by its mark. */
export const readApplied = async (table: Table): Promise<Readonly<Record<string, number>>> =>
  (await readWhole(table)).making.applied;

/** Remembers that files say what is published already. Where another version was published meanwhile, they do not. */
export async function markApplied(table: Table, mark: string, version: number): Promise<void> {
  const update = new UpdateItemCommand({
    TableName: table.name,
    Key: marshall(HEAD_KEY),
    UpdateExpression: "SET applied.#origin = :version",
    ConditionExpression: `version = :version AND attribute_exists(applied) AND ${NOT_NEWER}`,
    ExpressionAttributeNames: { "#origin": mark, ...SCHEMA_NAMES },
    ExpressionAttributeValues: marshall({ ":version": version, ...SCHEMA_VALUES }),
  });
  await table.client.send(update).catch((thrown: unknown) => {
    if (!isConditionFailure(thrown)) throw thrown;
  });
}

/**
 * Forgets that files were applied as this version; nothing else of HEAD is touched. That it is gone already is as good:
 * it may have been this very write, whose answer was lost.
 *
 * @throws {Refusal} `configuration_moved` where they were applied again meanwhile.
 */
export async function forgetApplied(table: Table, mark: string, version: number): Promise<void> {
  const update = new UpdateItemCommand({
    TableName: table.name,
    Key: marshall(HEAD_KEY),
    UpdateExpression: "REMOVE applied.#origin",
    ConditionExpression: `applied.#origin = :version AND ${NOT_NEWER}`,
    ExpressionAttributeNames: { "#origin": mark, ...SCHEMA_NAMES },
    ExpressionAttributeValues: marshall({ ":version": version, ...SCHEMA_VALUES }),
  });
  try {
    await table.client.send(update);
  } catch (cause) {
    if (!isConditionFailure(cause)) throw cause;
    if (Object.hasOwn(await readApplied(table), mark))
      throw new Refusal("configuration_moved", { version }, { cause, about: { hint: AGAIN } });
  }
}

const AGAIN = "These files were applied again just now. Look at the names again.";
