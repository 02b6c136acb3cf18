import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { eventOf } from "../../support/event.ts";
import {
  codeOf,
  type FaultyBroker,
  openFaultyBroker,
  signedInCookies,
  tokenFor,
  workloadToken,
} from "../../support/faulty-broker.ts";
import type { Passing, Schedule } from "../../support/faulty-wire.ts";
import { later } from "../../support/later.ts";
import { tapConsole } from "../../support/wire.ts";
import { type Prepared, prepare, WALKS } from "../aws/walks.ts";

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

/** Sign-ins, codes and assertions are over then. */
const TEN_MINUTES = 600;
/** And then everything is, sessions and tokens too. */
const HALF_A_DAY = 43_200;

/**
 * Freezes whoever asked as long as the answer to one request is on its way: AWS has obeyed, and when the answer is read
 * it is later everywhere.
 *
 * @param which The request, counted over both wires.
 */
function freezing(which: number, seconds: number) {
  const met: string[] = [];
  const schedule: Schedule = ({ operation, body }: Passing) => {
    met.push(`${operation} ${/"(?:pk|:pk)":\{"S":"(\w+)/.exec(body)?.[1] ?? ""}`.trim());
    if (met.length !== which) return undefined;
    const tell = () => {
      later(seconds);
      return {};
    };
    return { tell };
  };
  for (const wire of Object.values(broker.wires)) wire.schedule = schedule;
  return met;
}

const HANDED = /\bASIA[A-Z0-9]{12,}\b|sk_[\w-]{43}|SigninToken=|__Host-session=[\w-]{43}/;

type Walked = keyof typeof WALKS;

/** Walks a path frozen at one request, and again once thawed. @returns Whether there was such a request. */
async function walkFrozen(path: Walked, which: number, seconds: number): Promise<boolean> {
  const walk = WALKS[path];
  const asked = await walk.ask({ ...here, token: await workloadToken(broker) });
  const container = await broker.fresh(walk.functionName);
  const met = freezing(which, seconds);
  const reply = await container(eventOf(asked)).finally(broker.heal);
  if (met.length < which) {
    assert.ok(walk.done(reply), `not frozen: ${reply.statusCode} ${reply.body?.slice(0, 300)}`);
    return false;
  }
  const where = `${seconds} s at ${which}, ${met[which - 1]}`;
  assert.ok(Number(reply.statusCode) >= 400, `${where}: ${reply.statusCode}`);
  assert.doesNotMatch(JSON.stringify(reply), HANDED, where);
  assert.equal(codeOf(reply), undefined, where);
  if (seconds === HALF_A_DAY) return true;
  // Whoever was frozen while publishing counts as publishing for a minute.
  if (path === "admin apply") later(61);
  const thawed = { ...here, token: await workloadToken(broker) };
  const again = await container(eventOf(await (walk.again ?? walk.ask)(thawed)));
  assert.ok(walk.done(again), `after ${where}: ${again.statusCode} ${again.body?.slice(0, 300)}`);
  return true;
}

for (const path of Object.keys(WALKS) as Walked[])
  test(`${path}: frozen while any answer of AWS is on its way, and thawed when what was known is over: nothing is handed out`, async (t) => {
    let frozen = 0;
    while (await walkFrozen(path, frozen + 1, TEN_MINUTES)) {
      frozen++;
      // A version that was claimed in a time to come is in the way of the next.
      if (path === "admin apply") continue;
      later(-TEN_MINUTES);
      assert.ok(await walkFrozen(path, frozen, HALF_A_DAY));
      later(-HALF_A_DAY);
    }
    t.diagnostic(`frozen at each of ${frozen} requests`);
    assert.ok(frozen > 1);
  });
