import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { readSeed } from "../../../infra/local/seed.ts";
import type { RefusalCode } from "../../../lib/core/errors.ts";
import { type Asked, eventOf } from "../../support/event.ts";
import { at, cookiesOf, type FaultyBroker, openFaultyBroker } from "../../support/faulty-broker.ts";
import type { Fault, Lie } from "../../support/faulty-wire.ts";
import { newPerson } from "../../support/person.ts";
import { tapConsole } from "../../support/wire.ts";
import { sessionOf } from "./story.ts";
import { checkRefused } from "./walks.ts";

// A provider whose client secret lies in Secrets Manager: it is asked for when the provider's answer has come.
let broker: FaultyBroker;
let log: ReturnType<typeof tapConsole>;
before(async () => {
  log = tapConsole();
  broker = await openFaultyBroker();
  const client = new SecretsManagerClient({ endpoint: broker.stack.urls.aws });
  const secret = new CreateSecretCommand({
    Name: "sekisho/entra/client",
    SecretString: process.env.ENTRA_CLIENT_SECRET,
  });
  const { ARN } = await client.send(secret);
  client.destroy();
  const objects = readSeed(Number(new URL(broker.stack.url).port)).map((one) =>
    one.kind === "Connection" && one.id === "entra" ? { ...one, clientSecret: { secret: ARN } } : one,
  );
  const admin = (await broker.fresh("admin")) as unknown as (asked: object) => Promise<{ outcome: string }>;
  const { outcome } = await admin({ sekisho: "apply", objects, author: "test" });
  assert.equal(outcome, "published");
});
after(async () => {
  log.stop();
  await broker.stop();
});

/** As far as the callback, which is not asked for yet. */
async function callback(): Promise<Asked> {
  const signin = await broker.fresh("signin");
  const begun = await signin(
    eventOf({
      route: "GET /signin/{connection}",
      path: "/signin/entra",
      parameters: { connection: "entra" },
      headers: { "sec-fetch-site": "same-origin", accept: "text/html" },
    }),
  );
  const person = newPerson();
  const login = await person.open(String(begun.headers?.location));
  const stopAt = /\/oidc\/entra\/callback/;
  const back = await person.send(
    login,
    { username: "analyst", password: "analyst" },
    { which: /password/i, stopAt },
  );
  return {
    route: "GET /oidc/{connection}/callback",
    path: "/oidc/entra/callback",
    parameters: { connection: "entra" },
    query: new URL(String(back.headers.get("location"))).search.slice(1),
    cookies: cookiesOf(begun),
    headers: { accept: "text/html" },
  };
}

const EMPTY: Lie = { tell: () => ({ text: "{}" }) };
const OTHER: Lie = {
  tell: ({ text }) => ({ text: text.replace(/("SecretString":")[^"]*/, "$1another") }),
};
const ROWS: readonly (readonly [
  what: string,
  fault: Fault | Lie,
  times: number,
  end: "done" | RefusalCode,
])[] = [
  ["is busy once", "throttled", 1, "done"],
  ["is cut off once", "cut", 1, "done"],
  ["loses its answer once", "lost", 1, "done"],
  ["is busy", "throttled", 99, "broker_unavailable"],
  ["is cut off", "cut", 99, "broker_unavailable"],
  ["fails", "failing", 99, "broker_unavailable"],
  ["denies", "denied", 99, "broker_unavailable"],
  ["answers rubbish", "garbage", 99, "broker_unavailable"],
  ["answers no text", EMPTY, 99, "broker_unavailable"],
  ["answers another secret", OTHER, 99, "oidc_client_refused"],
];

for (const [what, fault, times, end] of ROWS)
  test(`a sign-in, where Secrets Manager ${what}: ${end}`, async () => {
    const asked = await callback();
    const signin = await broker.fresh("signin");
    broker.wires.aws.asked.length = 0;
    broker.wires.aws.schedule = at(fault, /^GetSecretValue /, times);
    const reply = await signin(eventOf(asked)).finally(broker.heal);
    assert.ok(
      broker.wires.aws.asked.some((one) => one.fault !== undefined),
      "it was met",
    );
    if (end === "done") assert.ok(sessionOf(reply), `${reply.statusCode} ${reply.body?.slice(0, 300)}`);
    else checkRefused(reply, { end, path: "ACS" });
    const again = await (await broker.fresh("signin"))(eventOf(await callback()));
    assert.ok(sessionOf(again), `afterwards: ${again.statusCode} ${again.body?.slice(0, 300)}`);
  });
