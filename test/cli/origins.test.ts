import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { stringify } from "yaml";
import { handler } from "../../functions/admin.ts";
import { markApplied } from "../../lib/store/applied.ts";
import { readHead } from "../../lib/store/rules.ts";
import { close, open, seed, sre, table } from "../functions/administered.ts";
import { folder, sekisho, serve } from "./run.ts";

let broker: Awaited<ReturnType<typeof serve>>;
let environment: Record<string, string>;
before(async () => {
  await open();
  await handler({ sekisho: "apply", objects: seed, author: "first" });
  broker = await serve(handler);
  environment = { SEKISHO_URL: broker.url, SEKISHO_TOKEN: await sre() };
});
after(async () => {
  await broker[Symbol.asyncDispose]();
  await close();
});

const run = (...args: string[]) => sekisho(["origins", ...args], environment);
const mark = async (...marks: string[]) => {
  for (const one of marks) await markApplied(table(), one, (await readHead(table())).version);
};
async function apply(origin: string) {
  using files = folder({ "all.yaml": seed.map((one) => stringify(one)).join("---\n") });
  return await sekisho(["apply", "-f", files.path, "--yes", "--origin", origin], environment);
}

test("names that files were applied under are listed and forgotten, slashes and all", async () => {
  assert.match((await run()).out, /^No files were applied under a name \(--origin\) yet\.\n$/);
  assert.equal((await apply("github.com/acme/access")).code, 0);
  assert.equal((await run()).out, "    1  github.com/acme/access\n");
  const forgot = await run("forget", "github.com/acme/access");
  assert.equal(
    forgot.out,
    "Forgot github.com/acme/access, last applied as version 1. Nothing that is published was changed.\n",
  );
  const again = await run("forget", "github.com/acme/access");
  assert.deepEqual([again.code, again.out], [1, ""]);
  assert.match(again.err, /No files were applied as github\.com\/acme\/access\. See `sekisho origins list`/);
  assert.deepEqual(JSON.parse((await run("list", "--json")).out), { origins: [] });
});

test("of several of one name the one of all is forgotten, and another only where it is said whose", async () => {
  await mark("acme/x", "acme/x#ANA", "acme/x#BEN");
  assert.match((await run()).out, / {2}acme\/x {2}\(of ANA alone\)\n/);
  assert.equal((await run("forget", "acme/x")).code, 0);
  assert.equal((await run()).out, "    1  acme/x  (of ANA alone)\n    1  acme/x  (of BEN alone)\n");
  const which = await run("forget", "acme/x");
  assert.deepEqual([which.code, /Say whose: --of PERSON/.test(which.err)], [2, true]);
  const nobodys = await run("forget", "acme/x", "--of", "EVE");
  assert.deepEqual([nobodys.code, /No files were applied as acme\/x by EVE/.test(nobodys.err)], [1, true]);
  const ben = JSON.parse((await run("forget", "acme/x", "--of", "BEN", "--json")).out);
  assert.deepEqual(ben, { forgotten: "acme/x", version: 1 });
  assert.equal((await run("forget", "acme/x")).code, 0);
  assert.equal((await run("list", "--json")).out, '{\n  "origins": []\n}\n');
});

test("whoever comes with a name too many is told the command that makes room, and it does", async () => {
  await mark(...Array.from({ length: 50 }, (_, index) => `acme/files-${index}`));
  const refused = await apply("acme/late");
  assert.equal(refused.code, 1);
  assert.match(refused.err, /or forget one, as an administrator: sekisho origins forget NAME\./);
  assert.equal((await run("forget", "acme/files-7")).code, 0);
  assert.equal((await apply("acme/late")).code, 0);
  assert.match((await run()).out, / {2}acme\/late\n/);
});
