import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { publishEdition } from "../../lib/store/publish.ts";
import { readHead } from "../../lib/store/rules.ts";
import { claimVersion, LEASE_SECONDS, releaseClaim, renewClaim } from "../../lib/store/versions.ts";
import { startDynamo } from "../support/dynamodb.ts";
import { edition } from "./published.ts";

const START = 1_795_340_460;
let dynamo: Awaited<ReturnType<typeof startDynamo>>;
before(async () => {
  dynamo = await startDynamo();
});
after(() => dynamo.stop());

/** As many buckets as take several rounds of writing. */
const [[, rules] = ["", []]] = [...edition("a1").buckets];
const large = {
  ...edition("a1"),
  buckets: new Map(Array.from({ length: 650 }, (_, at) => [`a${at}`, rules])),
};

test("a publisher that writes for longer than its lease keeps its claim", async () => {
  const { table } = dynamo;
  let now = START;
  // Every look at the clock is a quarter of a minute later: by the end far more than one lease has gone by.
  const clock = { now: () => (now += LEASE_SECONDS / 4) };
  const base = await readHead(table);
  let rival: unknown;
  const announce = async () => {
    assert.ok(now - START > LEASE_SECONDS);
    rival = await claimVersion(table, base, now).catch((thrown: unknown) => thrown);
  };
  const version = await publishEdition(table, base, large, START, announce, clock);
  assert.equal((rival as { code?: string }).code, "publish_in_progress");
  assert.equal((await readHead(table)).version, version);
});

test("a claim whose place was taken cannot be kept any more", async () => {
  const { table } = dynamo;
  const base = await readHead(table);
  const mine = await claimVersion(table, base, START + 10_000);
  await renewClaim(table, mine, START + 10_050);
  await assert.rejects(claimVersion(table, base, START + 10_050 + LEASE_SECONDS - 1), {
    code: "publish_in_progress",
  });
  const theirs = await claimVersion(table, base, START + 10_050 + LEASE_SECONDS);
  await assert.rejects(renewClaim(table, mine, START + 10_120), { code: "configuration_moved" });
  await releaseClaim(table, theirs);
});
