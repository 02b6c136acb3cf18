import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { Refusal } from "../core/errors.ts";
import { Session } from "../core/session.ts";
import type { Clock } from "../core/time.ts";
import { putUnder, readItem, toItem } from "./item.ts";
import type { Table } from "./table.ts";

const pk = (id: string) => `SESSION#${id}`;
const SK = "SESSION";

/** Opens a session under a fresh id. An id is never opened twice. */
export async function openSession(table: Table, session: Session): Promise<void> {
  const Item = toItem(pk(session.id), SK, session, session.expiresAt);
  await putUnder(table, Item);
}

/**
 * @param id Fingerprint of the cookie's secret.
 * @param clock Asked when the answer is here: the session may end while it is waited for.
 * @throws {Refusal} `session_expired` when it ended, was closed or never was.
 */
export async function readSession(table: Table, id: string, clock: Clock): Promise<Session> {
  const session = await readItem(table, pk(id), SK, Session);
  if (session === undefined || session.expiresAt <= clock.now()) throw new Refusal("session_expired");
  return session;
}

/** Ends a session at once. Ending one that is gone is no error: the wish is fulfilled. */
export async function endSession(table: Table, id: string): Promise<void> {
  await table.client.send(
    new DeleteItemCommand({ TableName: table.name, Key: marshall({ pk: pk(id), sk: SK }) }),
  );
}
