import test, { after, before } from "node:test";
import { PROGRAM_LIMITS } from "../../../lib/core/limits.ts";
import {
  type FaultyBroker,
  openFaultyBroker,
  signedInCookies,
  tokenFor,
} from "../../support/faulty-broker.ts";
import { checkLines, checkSilence } from "../../support/overheard.ts";
import { tapConsole, tapWire } from "../../support/wire.ts";
import type { Row } from "./rows.ts";
import { type Prepared, prepare, walkRow } from "./walks.ts";

/** One test for each row, on one stack. */
export function testRows(rows: readonly Row[]): void {
  let broker: FaultyBroker;
  let here: Prepared;
  let log: ReturnType<typeof tapConsole>;
  let wire: ReturnType<typeof tapWire>;
  before(async () => {
    // What is tried again is looked at here, not how quick this machine is just now.
    Object.assign(PROGRAM_LIMITS, { tryUntilMilliseconds: 3000 });
    [log, wire] = [tapConsole(), tapWire()];
    broker = await openFaultyBroker();
    const cookies = await signedInCookies(broker);
    here = await prepare(broker, cookies, await tokenFor(broker, cookies, "api"));
  });
  after(async () => {
    wire.stop();
    log.stop();
    await broker.stop();
  });
  for (const row of rows) test(nameOf(row), () => walkRow(here, row));
  test("nothing of it stands in the log but routes, codes and references", () => {
    checkLines(log.lines);
    const carried = new Set([
      here.token,
      here.adminToken,
      ...here.cookies.map((one) => one.replace(/^.*=/, "")),
    ]);
    checkSilence({ lines: log.lines, wire: wire.text(), carried });
  });
}

const nameOf = ({ service, where, path, fault, lasts, end }: Row): string =>
  `${path}: ${service} ${fault} ${lasts} where ${where}: ${end}`;
