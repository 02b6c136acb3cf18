import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import test, { after, before, describe } from "node:test";
import type { SeedObject } from "../../../infra/local/seed.ts";
import { eventOf } from "../../support/event.ts";
import { cookiesOf, registerRequest } from "../../support/faulty-broker.ts";
import { CONDUCTS, type ConductName } from "../../support/faulty-provider.ts";
import {
  type FaultySignIns,
  openFaultySignIns,
  type Provider,
  readRefusal,
  signInBy,
} from "../../support/faulty-sign-in.ts";
import { everyConduct, PLACES, type Row } from "./places.ts";
import { type Refused, walkRow } from "./walks.ts";

let here: FaultySignIns;
let api: Server;
const refused: Refused = new Map();

/** Okta's API as far as one person's groups go. */
async function startOktaApi(): Promise<Server> {
  const server = createServer((_asking, answering) => {
    answering.writeHead(200, { "content-type": "application/json" });
    answering.end(JSON.stringify([{ profile: { name: "support" } }]));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

before(async () => {
  here = await openFaultySignIns();
  api = await startOktaApi();
  process.env.OKTA_API_TOKEN = "00-demo-token";
  process.env.SEKISHO_PRIVATE_HOSTS += `,127.0.0.1:${(api.address() as AddressInfo).port}`;
});
after(async () => {
  api.closeAllConnections();
  api.close();
  await here.stop();
});

/**
 * People are let into prod and the sandbox whatever their groups are, and interns out of prod; a failed look-up lets the
 * sign-in go on.
 */
const lenient =
  (from: Partial<Record<Provider, object>> = {}) =>
  (objects: readonly SeedObject[]): readonly SeedObject[] => [
    ...objects
      .filter(({ id }) => id !== "analysts-need-second-factor-in-prod")
      .map((one) => {
        if (one.kind !== "Connection" || (one.id !== "entra" && one.id !== "google")) return one;
        return { ...one, groups: { ...(from[one.id] ?? (one.groups as object)), onFailure: "continue" } };
      }),
    {
      kind: "Rule",
      id: "everybody-looks",
      connection: ["entra", "google"],
      effect: "allow",
      when: [{ claim: "email", exists: true }],
      grant: { roles: ["ReadOnly"], accounts: ["111111111111", "333333333333"] },
    },
  ];

const ask = async (cookies: readonly string[], route: string, query = "") => {
  const credentials = await here.broker.fresh("credentials");
  return credentials(eventOf({ ...registerRequest(cookies), route, query }));
};
const open = (cookies: readonly string[], account: string, role: string) =>
  ask(cookies, "GET /console", new URLSearchParams({ account, role }).toString());

/** A role that each provider's people have by a group, where no deny looks at groups. */
const BY_GROUP: Readonly<Record<Provider, readonly [account: string, role: string]>> = {
  entra: ["222222222222", "Analyst"],
  google: ["222222222222", "Support"],
};

async function checkUnknown(provider: Provider, cookies: readonly string[]): Promise<void> {
  const register = await ask(cookies, "GET /");
  assert.match(register.body ?? "", /Your groups could not be read this time/, "the person is told");
  assert.equal((await open(cookies, "333333333333", "ReadOnly")).statusCode, 302);
  // Nobody knows whether this is an intern: the deny fires.
  const denied = await open(cookies, "111111111111", "ReadOnly");
  assert.equal(readRefusal(denied).code, "role_denied");
  assert.match(denied.body ?? "", /Your groups could not be read this time/);
  const [account, role] = BY_GROUP[provider];
  assert.equal(readRefusal(await open(cookies, account, role)).code, "role_not_granted");
}

async function checkKnown(cookies: readonly string[]): Promise<void> {
  assert.doesNotMatch((await ask(cookies, "GET /")).body ?? "", /could not be read/);
  assert.equal((await open(cookies, "111111111111", "ReadOnly")).statusCode, 302);
}

const FINE: readonly ConductName[] = ["answers late, and in time", "answers the wrong type"];
const names = Object.keys(CONDUCTS) as ConductName[];
/** One of each kind: what all conducts come to is walked at Graph. */
const SOME: readonly ConductName[] = [
  "drips",
  "is throttling",
  "answers half",
  "answers HTML",
  "answers late, and in time",
  "answers an empty object",
  "answers a list",
];

/** Walks a conduct at the place where groups are looked up. Where it is no answer, groups are unknown. */
function testConduct(row: Row, conduct: ConductName, fine: readonly ConductName[]): void {
  const known = fine.includes(conduct);
  test(`${row.name}: groups are ${known ? "known" : "unknown, and that is told"}`, async () => {
    const reply = await walkRow(here, row, refused);
    const cookies = cookiesOf(reply);
    await (known ? checkKnown(cookies) : checkUnknown(row.provider, cookies));
  });
}

const rowsAt = (
  provider: Provider,
  place: Parameters<typeof everyConduct>[0]["place"],
  only: readonly ConductName[],
) =>
  only.flatMap((conduct) =>
    everyConduct({ provider, step: "callback", place }, { other: "groups_lookup_failed" }, [conduct]).map(
      (row) => ({ conduct, row: { ...row, end: "done" as const } }),
    ),
  );

describe("groups that nobody could read are unknown: what denies fires, what allows does not", {
  concurrency: 2,
}, () => {
  before(() => here.publish(lenient()));
  for (const provider of ["entra", "google"] as const)
    describe(provider, { concurrency: 1 }, () => {
      const { groups, groupsToken } = PLACES[provider];
      const rows = [
        ...rowsAt(provider, groups, provider === "entra" ? names : SOME),
        ...rowsAt(provider, groupsToken, ["is throttling"]),
      ];
      for (const { row, conduct } of rows) testConduct(row, conduct, FINE);
    });
});

describe("groups of Okta's API", { concurrency: 1 }, () => {
  before(async () => {
    const { port } = api.address() as AddressInfo;
    const okta = { from: "okta", api: `http://127.0.0.1:${port}`, credential: { env: "OKTA_API_TOKEN" } };
    await here.publish(lenient({ google: okta }));
  });
  const place = { what: "Okta's API", host: "127.0.0.1", where: /\/api\/v1\/users\/\d+\/groups/ };
  // An empty list is how Okta says that there are none.
  for (const { row, conduct } of rowsAt("google", place, SOME))
    testConduct(row, conduct, [...FINE, "answers a list"]);
});

test("a person in no trouble is told of none", async () => {
  await here.publish(lenient());
  const { cookies } = await signInBy(here, await here.broker.fresh("signin"), "entra");
  await checkKnown(cookies);
});

test("nothing of it stands in the log but routes, codes and references", () => here.checkLog());
