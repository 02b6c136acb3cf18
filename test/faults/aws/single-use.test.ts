import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { isRefusal } from "../../../lib/core/errors.ts";
import { newSecret } from "../../../lib/core/secret.ts";
import { systemClock } from "../../../lib/core/time.ts";
import { record } from "../../../lib/store/audit.ts";
import { writeConnectionState } from "../../../lib/store/connections.ts";
import { putGrant, spendGrant } from "../../../lib/store/grants.ts";
import { putKey } from "../../../lib/store/keys.ts";
import { publishEdition } from "../../../lib/store/publish.ts";
import { claimOnce } from "../../../lib/store/replays.ts";
import { readHead } from "../../../lib/store/rules.ts";
import { openSession } from "../../../lib/store/sessions.ts";
import { consumeSignIn, putSignIn } from "../../../lib/store/sign-ins.ts";
import { openTable, type Table } from "../../../lib/store/table.ts";
import { claimVersion, releaseClaim } from "../../../lib/store/versions.ts";
import { person } from "../../rules/things.ts";
import { edition } from "../../store/published.ts";
import { startDynamo } from "../../support/dynamodb.ts";
import { type Fault, type FaultyWire, healthy, startFaultyWire } from "../../support/faulty-wire.ts";
import { browser, grant, NOW, signIn } from "../../support/single-use.ts";
import { itemsUnder } from "../../support/table.ts";

const AT_ONCE = 50;
let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let wire: FaultyWire;
let table: Table;
before(async () => {
  dynamo = await startDynamo();
  wire = await startFaultyWire(dynamo.endpoint);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: wire.url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  });
  table = openTable(dynamo.table.name);
});
after(async () => {
  await wire.stop();
  await dynamo.stop();
});

/** Everything that is good once: how it is made, and how it is spent. */
const THINGS: readonly (readonly [
  what: string,
  make: (id: string) => Promise<unknown>,
  spend: (id: string) => Promise<unknown>,
])[] = [
  ["a sign-in", (id) => putSignIn(table, signIn(id)), (id) => consumeSignIn(table, id, browser, NOW)],
  ["an assertion", async () => {}, (id) => claimOnce(table, { key: id, until: NOW + 300 }, NOW)],
  ["a ticket", (id) => putGrant(table, grant(id, "ticket")), (id) => spendGrant(table, id, "ticket", NOW)],
  ["a code", (id) => putGrant(table, grant(id, "code")), (id) => spendGrant(table, id, "code", NOW)],
];

const FAULTS: readonly Fault[] = ["cut", "lost", "failing", "throttled", "garbage", "empty", "truncated"];

for (const [what, make, spend] of THINGS) {
  for (const fault of ["lost", "truncated"] as const)
    test(`${what} whose spending was done and its answer ${fault} is spent by who spent it, and by nobody else`, async () => {
      const id = newSecret();
      await make(id);
      let times = 2;
      wire.schedule = () => (times-- > 0 ? fault : undefined);
      await spend(id);
      wire.schedule = healthy;
      await assert.rejects(spend(id), (thrown) => isRefusal(thrown));
    });

  test(`${what} is spent once under fifty tries at once with faults in between`, async () => {
    for (let round = 0; round < 4; round++) {
      const id = newSecret();
      await make(id);
      let asked = round * 31;
      // Every third request meets a fault, each kind in its turn: which try it hits is chance.
      wire.schedule = () => (++asked % 3 === 0 ? FAULTS[(asked / 3) % FAULTS.length] : undefined);
      const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => spend(id)));
      wire.schedule = healthy;
      const spent = ends.filter(({ status }) => status === "fulfilled").length;
      for (const end of ends)
        if (end.status === "rejected") assert.ok(isRefusal(end.reason), String(end.reason));
      // None where the winner's every answer was lost: it was spent, and whoever did was refused.
      assert.ok(spent <= 1, `${spent} of ${AT_ONCE} got through`);
      await assert.rejects(spend(id), (thrown) => isRefusal(thrown));
    }
  });
}

test("a version is claimed once under fifty tries at once with faults in between, and given up for the next", async () => {
  const head = await readHead(table);
  for (let round = 0; round < 4; round++) {
    let asked = round;
    wire.schedule = () => (++asked % 4 === 0 ? FAULTS[(asked / 4) % FAULTS.length] : undefined);
    const ends = await Promise.allSettled(
      Array.from({ length: AT_ONCE }, () => claimVersion(table, head, NOW + round * 100)),
    );
    wire.schedule = healthy;
    const claims = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
    for (const end of ends)
      if (end.status === "rejected") assert.ok(isRefusal(end.reason), String(end.reason));
    const numbers = claims.map(({ version }) => version);
    assert.equal(new Set(numbers).size, numbers.length, "no number is claimed twice");
    for (const claim of claims) await releaseClaim(table, claim);
  }
});

/** What is written under a name of its own: who writes it again by mistake must not be told that it failed. */
const WRITES: readonly (readonly [what: string, prefix: string, write: () => Promise<unknown>])[] = [
  [
    "a session",
    "SESSION#",
    () => {
      const identity = person();
      const times = { openedAt: NOW, expiresAt: NOW + 600 };
      return openSession(table, { schema: 1, id: newSecret(), personId: "P", identity, ...times });
    },
  ],
  [
    "an event",
    "AUDIT#",
    () => record(table, { schema: 1, id: newSecret(), at: NOW, kind: "signout", actor: "person" }, 30),
  ],
  [
    "a record of a key",
    "KEY#",
    () =>
      putKey(table, {
        purpose: "sp-sign",
        keyId: newSecret(),
        certificate: "BEGIN CERTIFICATE",
        state: "next",
        createdAt: NOW,
      }),
  ],
  [
    "what was learnt of a provider",
    "CONNECTION#",
    async () => {
      const state = { connection: newSecret(), keys: [], refreshedAt: NOW };
      assert.ok(await writeConnectionState(table, undefined, state));
      assert.ok(await writeConnectionState(table, state, { ...state, refreshedAt: NOW + 1 }));
    },
  ],
  [
    "an edition",
    "VERSION#",
    async () => publishEdition(table, await readHead(table), edition(newSecret()), systemClock.now()),
  ],
];
for (const [what, prefix, write] of WRITES)
  for (const fault of ["lost", "truncated"] as const)
    test(`${what} that was written while the answers were ${fault} is there once, and its writer told so`, async () => {
      const before = await itemsUnder({ dynamodb: dynamo.endpoint }, prefix);
      const times = new Map<string, number>();
      wire.schedule = ({ operation, body }) => {
        if (!/^(?:Put|Update)Item$/.test(operation)) return undefined;
        const met = times.get(body) ?? 0;
        times.set(body, met + 1);
        return met < 2 ? fault : undefined; // of every write the first two answers
      };
      await write().finally(() => {
        wire.schedule = healthy;
      });
      assert.ok([...times.values()].every((tries) => tries === 3));
      assert.equal((await itemsUnder({ dynamodb: dynamo.endpoint }, prefix)).length, before.length + 1);
    });
