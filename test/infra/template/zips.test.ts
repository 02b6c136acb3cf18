import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test, { before } from "node:test";
import { functionNames } from "../../../infra/build.ts";
import { unzip } from "../../lambda/zip.ts";
import { type Package, readPackage } from "./packaged.ts";

const rounds: Package[] = [];
before(async () => {
  for (const _ of ["once", "twice"]) rounds.push(await readPackage());
});

test("packaging twice makes the same zips, byte for byte", (t) => {
  const hashes = rounds.map(({ zips }) =>
    Object.entries(zips).map(
      ([name, bytes]) => `${name} ${createHash("sha256").update(bytes).digest("hex")}`,
    ),
  );
  assert.deepEqual(hashes[0], hashes[1]);
  assert.equal(hashes[0]?.length, functionNames().length);
  for (const [name, bytes] of Object.entries(rounds[0]?.zips ?? {}))
    t.diagnostic(`${name}: ${bytes.length} bytes`);
});

/** osls puts the time into the keys under which it will lay the zips. */
const untimed = ({ text }: Package): string => text.replace(/\d{13}-\d{4}-\d\d-\d\dT[\d:.]+Z/g, "(time)");

test("packaging twice makes the same template, but for where the zips will lie", () => {
  const [once, twice] = rounds.map(untimed);
  assert.equal(once, twice);
  assert.equal(once?.match(/\(time\)/g)?.length, functionNames().length);
});

test("a zip holds its function and nothing of others", () => {
  for (const name of functionNames()) {
    const zip = rounds[0]?.zips[`${name}.zip`];
    assert.ok(zip, `${name} has no zip`);
    const entries = [...unzip(zip).keys()];
    assert.ok(entries.includes(`dist/${name}.mjs`), `${name}.zip has no handler`);
    const assets = entries.filter((entry) => entry.startsWith("web/assets/"));
    assert.equal(assets.length > 0, name === "metadata");
    const foreign = entries.filter(
      (entry) => entry !== `dist/${name}.mjs` && !entry.startsWith(`dist/${name}/`),
    );
    assert.deepEqual(foreign, assets);
  }
});
