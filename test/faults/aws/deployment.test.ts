import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { TABLE } from "../../../infra/local/environment.ts";
import type { Table } from "../../../lib/store/table.ts";
import { eventOf } from "../../support/event.ts";
import {
  type FaultyBroker,
  openFaultyBroker,
  signedInCookies,
  tokenFor,
} from "../../support/faulty-broker.ts";
import { tapConsole } from "../../support/wire.ts";
import { renumber, stored } from "./newer.ts";
import type { Path } from "./rows.ts";
import { checkRefused, type Prepared, prepare, WALKS } from "./walks.ts";

// Two versions of the code at once: newer code has been here, and this one meets what it left.
let broker: FaultyBroker;
let here: Prepared;
let table: Table;
let log: ReturnType<typeof tapConsole>;
before(async () => {
  log = tapConsole();
  broker = await openFaultyBroker();
  const cookies = await signedInCookies(broker);
  here = await prepare(broker, cookies, await tokenFor(broker, cookies, "api"));
  table = { client: new DynamoDBClient({ endpoint: broker.stack.urls.dynamodb }), name: TABLE };
});
after(async () => {
  log.stop();
  table.client.destroy();
  await broker.stop();
});

const MET: readonly (readonly [kind: string, path: Exclude<Path, "worker">])[] = [
  ["SESSION", "register"],
  ["SESSION", "console"],
  ["HEAD", "register"],
  ["HEAD", "program credentials"],
  ["HEAD", "sign-in start"],
  ["SNAPSHOT", "sign-in start"],
  ["CONNECTION", "sign-in start"],
  ["SIGNIN", "ACS"],
  ["BUCKET", "console"],
  ["BUCKET", "program credentials"],
  ["PEPPER", "program credentials"],
  ["KEY", "credentials page"],
  ["KEY", "program credentials"],
  ["GRANT", "CLI token"],
  ["GRANT", "admin apply"],
  ["SOURCE", "admin apply"],
];

for (const [kind, path] of MET)
  test(`${path}, with ${kind} of newer code: told to come again, nothing touched, and then done`, async () => {
    const walk = WALKS[path];
    const asked = await walk.ask(here);
    const container = await broker.fresh(walk.functionName);
    await renumber(table, kind, 9);
    const before = await stored(table, kind);
    const reply = await container(eventOf(asked));
    checkRefused(reply, { end: "broker_updating", path });
    assert.deepEqual(await stored(table, kind), before);
    // The newer code answers the very same request: nothing of it was spent.
    await renumber(table, kind, 1);
    const done = await container(eventOf(asked));
    assert.ok(walk.done(done), `${done.statusCode} ${done.body?.slice(0, 300)}`);
  });
