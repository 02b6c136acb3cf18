import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { fixedClock } from "../../lib/core/time.ts";
import type { Planning } from "../../lib/flows/plan.ts";
import { publishRules } from "../../lib/flows/publish-rules.ts";
import { countingTable } from "../bench/publish/table.ts";
import { changedAtRandom, diceOf, randomConfiguration } from "./random-configuration.ts";

const HISTORIES = 25;
/** Of everything that was ever written so. Who changes the form of what is published changes this, and says why. */
const WRITTEN = "_oXfWiNWNP4TOKgEDxteQ0aFsLsRWcFDtAAlzjgGgjg";

/** What compressed bytes say, or what bytes are. Compressed they may be others with another zlib, and so may their names. */
function said(bytes: Uint8Array): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return Buffer.from(bytes).toString("base64url");
  const text = gunzipSync(bytes).toString("utf8");
  return text.startsWith("pages\n") ? `${text.split("\n").length} pages` : text;
}

const NAMES = ["writtenBy", "snapshot", "source", "manifest", "token"];

function plain(item: Record<string, unknown>): string {
  const text = JSON.stringify(item, (name, value) => {
    if (NAMES.includes(name)) return undefined;
    if (value instanceof Uint8Array) return said(value);
    return name === "hash" && item.sk === "HEAD" && value !== item.hash ? undefined : value;
  });
  return text.replace(/"pk":"(SNAPSHOT|SOURCE)#[\w-]+"/, '"pk":"$1"');
}

/** Publishes a configuration, then one that chance made of it, then the first again. */
async function history(seed: number): Promise<{ readonly digest: string; readonly versions: number }> {
  const dice = diceOf(seed);
  const { table, items } = countingTable();
  const broker: Planning = {
    table,
    clock: fixedClock(1_795_000_000),
    pepper: async () => "pepper",
    config: { envSecrets: "refused" } as unknown as Planning["config"],
  };
  const first = randomConfiguration(dice);
  const told = createHash("sha256");
  let versions = 0;
  for (const [at, objects] of [first, changedAtRandom(dice, first), first].entries()) {
    const author = { actor: "operator", name: "chance" } as const;
    const outcome = await publishRules(broker, { objects, author, reference: `R${at}` });
    const { changes, problems } = outcome;
    assert.notEqual(outcome.outcome, "refused", JSON.stringify(problems.slice(0, 3)));
    if (outcome.outcome === "published") versions++;
    told.update(JSON.stringify({ changes, problems }));
  }
  for (const text of items()
    .map((item) => plain(unmarshall(item)))
    .sort())
    told.update(text);
  return { digest: told.digest("base64url"), versions };
}

test("the same configurations are published as they ever were, to the last letter, and told as they were", async () => {
  const all = createHash("sha256");
  let versions = 0;
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const one = await history(seed);
    versions += one.versions;
    all.update(one.digest);
  }
  assert.ok(versions > HISTORIES * 2.5, `only ${versions} versions`);
  assert.equal(all.digest("base64url"), WRITTEN);
});
