import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import fc from "fast-check";
import { isRefusal } from "../../../lib/core/errors.ts";
import { newSecret } from "../../../lib/core/secret.ts";
import { sessionBearer } from "../../../lib/flows/bearer.ts";
import { finishSignIn } from "../../../lib/flows/finish-sign-in.ts";
import { signOut } from "../../../lib/flows/sign-out.ts";
import { putGrant, spendGrant } from "../../../lib/store/grants.ts";
import { claimOnce } from "../../../lib/store/replays.ts";
import { consumeSignIn, putSignIn } from "../../../lib/store/sign-ins.ts";
import type { Table } from "../../../lib/store/table.ts";
import { openStack, type Stack } from "../../http/stack.ts";
import { startDynamo } from "../../support/dynamodb.ts";
import { browser, grant, NOW, signIn } from "../../support/single-use.ts";
import { answered, brokerBy, occasion, refusalOf, skewed } from "./clocks.ts";

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let stack: Stack;
let table: Table;
before(async () => {
  stack = await openStack();
  dynamo = await startDynamo();
  ({ table } = dynamo);
});
after(async () => {
  await stack.stop();
  await dynamo.stop();
});

/** Everything that is good once: how it is made, how it is spent, and until when. */
const THINGS: readonly (readonly [
  what: string,
  make: (id: string) => Promise<unknown>,
  spend: (id: string, now: number) => Promise<unknown>,
  until: number,
])[] = [
  [
    "a sign-in",
    (id) => putSignIn(table, signIn(id)),
    (id, now) => consumeSignIn(table, id, browser, now),
    NOW + 600,
  ],
  // A claim is never asked for a time: the answer's own was judged before.
  [
    "an answer",
    async () => {},
    (id, now) => claimOnce(table, { key: id, until: NOW + 300 }, now),
    Number.POSITIVE_INFINITY,
  ],
  [
    "a ticket",
    (id) => putGrant(table, grant(id, "ticket")),
    (id, now) => spendGrant(table, id, "ticket", now),
    NOW + 60,
  ],
  [
    "a code",
    (id) => putGrant(table, grant(id, "code")),
    (id, now) => spendGrant(table, id, "code", now),
    NOW + 60,
  ],
];

const jumps = fc.array(fc.integer({ min: -1200, max: 1200 }), { minLength: 2, maxLength: 8 });

for (const [what, make, spend, until] of THINGS)
  test(`${what} is spent once, and by nobody after its end, however the clock jumps`, async () => {
    await fc.assert(
      fc.asyncProperty(jumps, async (history) => {
        const id = newSecret();
        await make(id);
        let spent = 0;
        for (const jump of history) {
          const now = NOW + jump;
          const got = await spend(id, now).then(
            () => true,
            (thrown: unknown) => {
              assert.ok(isRefusal(thrown), String(thrown));
              return false;
            },
          );
          assert.equal(got, spent === 0 && now < until);
          if (got) spent++;
        }
        assert.ok(spent <= 1);
      }),
      { numRuns: 40 },
    );
  });

test("an answer that opened a session opens none again, by whatever clock", async () => {
  const clock = skewed();
  const broker = brokerBy(clock);
  const answer = await answered(broker, "okta", "sre");
  await finishSignIn(broker, answer);
  for (const ahead of [0, -600, 600, -86_400, 86_400, 0]) {
    clock.ahead = ahead;
    const refusal = await refusalOf(finishSignIn(broker, { ...answer, ...occasion() }));
    assert.equal(refusal?.code, "signin_expired");
  }
});

test("a session that was signed out of is over for every clock", async () => {
  const clock = skewed(600);
  const broker = brokerBy(clock);
  const right = brokerBy(skewed());
  const { secret, session } = await finishSignIn(right, await answered(right, "okta", "sre"));
  await sessionBearer(broker, secret);
  await signOut(broker, session, occasion());
  for (const ahead of [600, 0, -600, -86_400]) {
    clock.ahead = ahead;
    assert.equal((await refusalOf(sessionBearer(broker, secret)))?.code, "session_expired");
  }
});

test("a sign-in that was begun before the clock was set right is finished after, or refused: never twice", async () => {
  for (const before of [-300, 300]) {
    const clock = skewed(before);
    const broker = brokerBy(clock);
    const answer = await answered(broker, "okta", "sre");
    clock.ahead = 0;
    const refusal = await refusalOf(finishSignIn(broker, answer));
    assert.equal(refusal, undefined, refusal?.code);
    assert.equal(
      (await refusalOf(finishSignIn(broker, { ...answer, ...occasion() })))?.code,
      "signin_expired",
    );
  }
});
