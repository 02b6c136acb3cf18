import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { after, before } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { digestHash, SLICE_SECONDS } from "../../lib/core/seal.ts";
import { fingerprintOf } from "../../lib/core/seal-check-digests.ts";
import { sealAudit } from "../../lib/flows/seal-audit.ts";
import { latestDigest } from "../../lib/store/seals.ts";
import { folder, sekisho } from "../cli/run.ts";
import { BUCKET, openOutside } from "./places.ts";
import {
  checked,
  eventAt,
  exported,
  newSealer,
  openAudit,
  type Surroundings,
  write,
} from "./surroundings.ts";

// The command line's clock is the machine's: what is sealed here is of this hour, and none of it has expired.
const BEGIN = (Math.floor(Date.now() / 1000 / SLICE_SECONDS) - 12) * SLICE_SECONDS;
const [first, second, stranger] = [newSealer(), newSealer(), newSealer()];

let audit: Surroundings;
let objects: ReadonlyMap<string, Buffer>;
before(async () => {
  audit = await openAudit(first);
  audit.at(BEGIN + 200);
  await sealAudit(audit.broker);
  for (let slice = 0; slice < 6; slice++) {
    const begin = BEGIN + slice * SLICE_SECONDS;
    const events = Array.from({ length: 20 }, (_, seed) => eventAt(begin + seed, seed));
    await write(audit.table, slice === 4 ? [] : [...events, ...(slice > 1 ? [eventAt(begin - 400, 3)] : [])]);
    audit.at(begin + SLICE_SECONDS + 200);
    // The key is another one from the third slice on.
    await sealAudit({ ...audit.broker, sealer: async () => (slice < 3 ? first : second) });
  }
  const { places, ship } = await openOutside(audit);
  await ship(["bucket"], { bounds: { lines: 9, bytes: 1_000_000 } });
  objects = new Map([...places.objects].map(([key, body]) => [key.slice(BUCKET.name.length + 1), body]));
  await places.stop();
});
after(() => audit.stop());

/** The bucket as `aws s3 sync` copies it, after something was done to it. */
async function verified(change: (path: string, names: string[]) => void, ...args: readonly string[]) {
  const copy = folder({ "notes.txt": "none of ours" });
  try {
    for (const [key, body] of objects) {
      mkdirSync(dirname(join(copy.path, key)), { recursive: true });
      writeFileSync(join(copy.path, key), body);
    }
    const names = readdirSync(copy.path, { recursive: true, encoding: "utf8" }).filter((one) =>
      /ndjson/.test(one),
    );
    change(copy.path, names.sort());
    const { out, code } = await sekisho(["audit", "verify", copy.path, "--json", ...args], {});
    const told = JSON.parse(out) as {
      findings: { code: string; where: string; says: string }[];
      digests: number;
      events: number;
      keys: { sha256: string; first: number; last: number }[];
    };
    return { ...told, code, codes: [...new Set(told.findings.map((one) => one.code))].sort() };
  } finally {
    copy[Symbol.dispose]();
  }
}

const pins = ["--key", fingerprintOf(first.publicKey), second.publicKey];
const partOf = (names: readonly string[], slice: number): string =>
  names.find((name) => name.includes(`-${String(slice).padStart(10, "0")}-0000.`)) ?? assert.fail(`${slice}`);
const digestOf = (names: readonly string[], slice: number): string =>
  names.find((name) => name.includes(`-${String(slice).padStart(10, "0")}-digest`)) ??
  assert.fail(`${slice}`);

test("a folder out of the archive verifies offline, by both keys, late events and all", async () => {
  const last = await latestDigest(audit.table);
  const anchor = last === undefined ? "" : digestHash(last.digest);
  const whole = await verified(() => {}, ...pins, "--anchor", anchor);
  assert.deepEqual([whole.code, whole.findings], [0, []]);
  assert.deepEqual([whole.digests, whole.events], [7, 5 * 20 + 3]);
  assert.deepEqual(whole.keys, [
    { sha256: fingerprintOf(first.publicKey), first: 1, last: 4 },
    { sha256: fingerprintOf(second.publicKey), first: 5, last: 7 },
  ]);
});

test("a folder that begins in the middle of the trail verifies from there", async () => {
  const whole = await verified(
    (path, names) => {
      for (const name of names.filter((one) => /-000000000[123]-/.test(one))) rmSync(join(path, name));
    },
    ...pins,
  );
  assert.deepEqual([whole.code, whole.findings, whole.digests], [0, [], 4]);
});

type Change = (path: string, names: string[]) => void;
const rewritten = (path: string, name: string, change: (text: string) => string): void =>
  writeFileSync(
    join(path, name),
    gzipSync(change(gunzipSync(readFileSync(join(path, name))).toString("utf8"))),
  );

const breaks: readonly (readonly [what: string, change: Change, codes: readonly string[]])[] = [
  [
    "an event changed in a part",
    (path, names) =>
      rewritten(path, partOf(names, 3), (text) => text.replace(/"role":"\w+"/, '"role":"Root"')),
    ["event_altered"],
  ],
  ["a part taken away", (path, names) => rmSync(join(path, partOf(names, 3))), ["event_removed"]],
  ["a digest taken away", (path, names) => rmSync(join(path, digestOf(names, 4))), ["digest_missing"]],
  [
    "a slice taken away",
    (path, names) => {
      for (const name of names.filter((one) => one.includes("-0000000004-"))) rmSync(join(path, name));
    },
    ["digest_missing"],
  ],
  [
    "half of a file",
    (path, names) => {
      const file = join(path, partOf(names, 3));
      writeFileSync(file, readFileSync(file).subarray(0, 60));
    },
    ["event_removed", "file_unreadable"],
  ],
  [
    "a digest that says something else",
    (path, names) => {
      const file = join(path, digestOf(names, 4));
      const [head = "", line = ""] = readFileSync(file, "utf8").split("\n");
      writeFileSync(file, `${head}\n${line.replace(/"sealedAt":\d+/, '"sealedAt":1')}\n`);
    },
    ["link_broken", "signature_invalid"],
  ],
];
for (const [what, change, codes] of breaks)
  test(`in a folder out of the archive, ${what} is told`, async () => {
    const told = await verified(change, ...pins);
    assert.equal(told.code, 1);
    assert.deepEqual(told.codes, codes);
  });

test("a digest signed by a key that is not pinned is told, with the key that signed it", async () => {
  for (const pinned of [first.publicKey, fingerprintOf(first.publicKey)]) {
    const told = await verified(() => {}, "--key", pinned);
    assert.deepEqual([told.code, told.codes], [1, ["key_unknown"]]);
    assert.deepEqual(
      told.findings.map(({ where }) => where),
      ["digest 5", "digest 6", "digest 7"],
    );
    for (const { says } of told.findings) assert.ok(says.includes(fingerprintOf(second.publicKey)), says);
  }
  assert.deepEqual((await verified(() => {}, ...pins.slice(0, 1), stranger.publicKey)).codes, [
    "key_unknown",
  ]);
});

test("the chain goes on across keys: an export verifies with both, and tells from where to where each signs", async () => {
  const lines = await exported(audit.table, { since: 0, until: BEGIN * 2 });
  const keys = [first.publicKey, fingerprintOf(second.publicKey)];
  const whole = await checked(lines, { keys });
  assert.deepEqual(whole.findings, []);
  assert.deepEqual(whole.keys, [
    { key: first.publicKey, first: 1, last: 4 },
    { key: second.publicKey, first: 5, last: 7 },
  ]);
  const untrusted = await checked(lines, { keys: [second.publicKey] });
  assert.deepEqual(
    untrusted.findings.map(({ code, where }) => [code, where]),
    [1, 2, 3, 4].map((number) => ["key_unknown", `digest ${number}`]),
  );
});
