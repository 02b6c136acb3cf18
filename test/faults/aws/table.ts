import test, { after, before } from "node:test";
import {
  type FaultyBroker,
  openFaultyBroker,
  signedInCookies,
  tokenFor,
} from "../../support/faulty-broker.ts";
import { tapConsole } from "../../support/wire.ts";
import type { Row } from "./rows.ts";
import { type Prepared, prepare, walkRow } from "./walks.ts";

/** One test for each row, on one stack. */
export function testRows(rows: readonly Row[]): void {
  let broker: FaultyBroker;
  let here: Prepared;
  let log: ReturnType<typeof tapConsole>;
  before(async () => {
    log = tapConsole();
    broker = await openFaultyBroker();
    const cookies = await signedInCookies(broker);
    here = await prepare(broker, cookies, await tokenFor(broker, cookies, "api"));
  });
  after(async () => {
    log.stop();
    await broker.stop();
  });
  for (const row of rows) test(nameOf(row), () => walkRow(here, row));
}

const nameOf = ({ service, where, path, fault, lasts, end }: Row): string =>
  `${path}: ${service} ${fault} ${lasts} where ${where}: ${end}`;
