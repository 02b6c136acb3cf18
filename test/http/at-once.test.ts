import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { type Client, openClient } from "../bench/load/client.ts";
import {
  atOnce,
  CREDENTIALS,
  fetchOnce,
  newTally,
  providerSession,
  SIGN_IN,
  signInOnce,
  workloadToken,
} from "../bench/load/drive.ts";
import { openStack, type Stack } from "./stack.ts";

// `npm run load` does the same for a minute and looks at time and memory; here it is right answers alone.
let stack: Stack;
let client: Client;
before(async () => {
  stack = await openStack();
  client = openClient({});
});
after(async () => {
  client?.close();
  await stack?.stop();
});

test("eighty sign-ins, forty at once: each ends in a session", async () => {
  const provider = await providerSession(client, stack.urls);
  const tally = newTally();
  let left = 80;
  await atOnce(
    40,
    () => left-- > 0,
    () => signInOnce(client, stack.urls, provider, tally),
    tally,
  );
  assert.deepEqual(tally.errors, []);
  assert.equal(tally.times[SIGN_IN]?.length, 80);
});

test("a hundred programs, twenty at once: each gets credentials", async () => {
  const token = await workloadToken(client, stack.urls);
  const tally = newTally();
  let left = 100;
  await atOnce(
    20,
    () => left-- > 0,
    () => fetchOnce(client, stack.urls, token, tally),
    tally,
  );
  assert.deepEqual(tally.errors, []);
  assert.equal(tally.times[CREDENTIALS]?.length, 100);
});
