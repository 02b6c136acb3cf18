import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { readSeed } from "../../../infra/local/seed.ts";
import { ONE_TRY, TRIES } from "../../../lib/core/limits.ts";
import { eventOf } from "../../support/event.ts";
import {
  at,
  type FaultyBroker,
  openFaultyBroker,
  programRequest,
  signedInCookies,
  tokenFor,
} from "../../support/faulty-broker.ts";
import { trailOf } from "../../support/table.ts";
import { until } from "../../support/until.ts";
import { tapConsole } from "../../support/wire.ts";
import type { Row } from "./rows.ts";
import { checkRefused, type Prepared, prepare, WALKS } from "./walks.ts";

/** A try has this long here, so that silence is not waited for as long as on Lambda. */
const TRY_MILLISECONDS = 600;

let broker: FaultyBroker;
let here: Prepared;
let log: ReturnType<typeof tapConsole>;
before(async () => {
  log = tapConsole();
  broker = await openFaultyBroker();
  const cookies = await signedInCookies(broker);
  here = await prepare(broker, cookies, await tokenFor(broker, cookies, "api"));
  const shortened = { requestTimeout: TRY_MILLISECONDS, socketTimeout: TRY_MILLISECONDS };
  Object.assign(ONE_TRY.requestHandler, shortened);
});
after(async () => {
  log.stop();
  await broker.stop();
});

type Place = Pick<Row, "service" | "fits" | "where" | "end"> & {
  readonly path: Exclude<Row["path"], "worker">;
};

const PLACES: readonly Place[] = [
  {
    service: "DynamoDB",
    where: "the sign-in is spent",
    fits: /UpdateItem .*"SIGNIN#/,
    path: "ACS",
    end: "broker_unavailable",
  },
  {
    service: "DynamoDB",
    where: "the event is written",
    fits: /PutItem .*"AUDIT#/,
    path: "program credentials",
    end: "broker_unavailable",
  },
  {
    service: "KMS",
    where: "the assertion is signed",
    fits: /^Sign /,
    path: "program credentials",
    end: "broker_unavailable",
  },
  {
    service: "STS",
    where: "the assertion is redeemed",
    fits: /^AssumeRoleWithSAML /,
    path: "console",
    end: "aws_unreachable",
  },
  {
    service: "sign-in federation",
    where: "a sign-in token is made",
    fits: /^getSigninToken /,
    path: "console",
    end: "aws_unreachable",
  },
];

describe("slow and silent", () => {
  for (const { service, where, fits, path, end } of PLACES) {
    const walk = WALKS[path];
    const wireOf = () => (service === "DynamoDB" ? broker.wires.dynamodb : broker.wires.aws);
    const meeting = async (schedule: ReturnType<typeof at>) => {
      const asked = await walk.ask(here);
      const container = await broker.fresh(walk.functionName);
      wireOf().asked.length = 0;
      wireOf().schedule = schedule;
      const reply = await container(eventOf(asked)).finally(broker.heal);
      return { reply, container, met: wireOf().asked.filter(({ fault }) => fault !== undefined).length };
    };

    test(`${path}: ${service} says nothing where ${where}: ${end}, after a few tries`, async () => {
      const { reply, container, met } = await meeting(at("silent", fits));
      checkRefused(reply, { end, path });
      assert.ok(met >= 1, "it was asked");
      const again = async () => container(eventOf(await (walk.again ?? walk.ask)(here)));
      await until(again, walk.done, "what was asked for");
    });

    // A program is told at once what a person waits for: its client gives up after a second, and comes again.
    const ending = path === "program credentials" ? end : "done";
    test(`${path}: ${service} answers too late once where ${where}: ${ending}`, async () => {
      const { reply } = await meeting(at({ afterMilliseconds: 2 * TRY_MILLISECONDS }, fits, 1));
      if (ending === "done") assert.ok(walk.done(reply), `${reply.statusCode} ${reply.body?.slice(0, 300)}`);
      else checkRefused(reply, { end: ending, path });
    });
  }

  test("what is slow and in time is waited for", async () => {
    const schedule = at({ afterMilliseconds: TRY_MILLISECONDS / 4 }, /^Sign |^AssumeRole/);
    broker.wires.aws.schedule = schedule;
    const credentials = await broker.fresh("credentials");
    const reply = await credentials(eventOf(programRequest(here.token))).finally(broker.heal);
    assert.equal(reply.statusCode, 200, reply.body);
  });
});

test("KMS throttles for as long as programs come again: each is told so, few tries are made, and each is in the trail", async () => {
  const [programs, rounds] = [5, 6];
  const asked = programRequest(here.token);
  const credentials = await broker.fresh("credentials");
  const refused = async () =>
    (await trailOf(broker.stack.urls)).filter(({ kind }) => kind === "credentials.refused").length;
  const before = await refused();
  broker.wires.aws.asked.length = 0;
  broker.wires.aws.schedule = at("throttled", /^Sign /);
  for (let round = 0; round < rounds; round++) {
    const replies = await Promise.all(Array.from({ length: programs }, () => credentials(eventOf(asked))));
    for (const reply of replies)
      checkRefused(reply, { end: "broker_unavailable", path: "program credentials" });
  }
  broker.heal();
  const tries = broker.wires.aws.asked.length;
  assert.ok(tries >= programs * rounds && tries <= programs * rounds * TRIES, `${tries} tries`);
  assert.equal((await refused()) - before, programs * rounds);
  const healed = async () => credentials(eventOf(asked));
  await until(healed, WALKS["program credentials"].done, "credentials");
});

test("an account whose STS is in another region is told of by that region when it is down", async () => {
  const objects = readSeed(Number(new URL(broker.stack.url).port)).map((one) =>
    one.kind === "Account" && one.id === "222222222222" ? { ...one, region: "eu-central-1" } : one,
  );
  const admin = await broker.fresh("admin");
  const applied = await admin(
    eventOf({
      route: "POST /api/admin/apply",
      headers: { authorization: here.adminToken, "content-type": "application/json" },
      body: JSON.stringify({ objects }),
    }),
  );
  assert.equal(applied.statusCode, 200, applied.body);
  const credentials = await broker.fresh("credentials");
  broker.wires.aws.schedule = at("cut", /^AssumeRoleWithSAML /);
  const reply = await credentials(eventOf(programRequest(here.token))).finally(broker.heal);
  checkRefused(reply, { end: "aws_unreachable", path: "program credentials" });
  assert.match(reply.body ?? "", /STS in eu-central-1 did not answer for account 222222222222/);
  const again = async () => credentials(eventOf(programRequest(here.token)));
  await until(again, WALKS["program credentials"].done, "credentials");
});
