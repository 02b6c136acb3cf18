import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { stringify } from "yaml";
import { handler } from "../../functions/admin.ts";
import { close, open, seed, sre, tokenOf } from "../functions/administered.ts";
import { folder, sekisho, serve } from "./run.ts";

let broker: Awaited<ReturnType<typeof serve>>;
let ana: Record<string, string>;
const objects = seed.map((one) =>
  one.kind === "Settings" ? { ...one, twoPerson: { kinds: ["Rule"] } } : one,
);

before(async () => {
  await open();
  const done = await handler({ sekisho: "apply", objects, author: "first" });
  assert.equal((done as { outcome: string }).outcome, "published");
  broker = await serve(handler);
  ana = { SEKISHO_URL: broker.url, SEKISHO_TOKEN: await sre() };
});
after(async () => {
  await broker[Symbol.asyncDispose]();
  await close();
});

test("apply says that it takes two, and who made it cannot be the second", async () => {
  const left = objects.filter(({ id }) => id !== "support");
  using files = folder({ "all.yaml": left.map((one) => stringify(one)).join("---\n") });
  const applied = await sekisho(["apply", "-f", files.path, "--yes", "--message", "No support"], ana);
  assert.equal(applied.code, 0, applied.err);
  const [, id = ""] = /sekisho proposals approve (\w{26})/.exec(applied.out) ?? [];
  const listed = await sekisho(["proposals", "list"], ana);
  assert.match(listed.out, new RegExp(`^${id} {2}open .* No support\\n$`));
  const shown = await sekisho(["proposals", "show", id], ana);
  assert.match(shown.out, /- Rule support\n/);
  const alone = await sekisho(["proposals", "approve", id, "--yes"], ana);
  assert.equal(alone.code, 1);
  assert.match(alone.err, /approval_not_yours/);
  const closed = await sekisho(["proposals", "reject", id], ana);
  assert.equal(closed.code, 0, closed.err);
  const late = await sekisho(["proposals", "approve", id, "--yes"], {
    ...ana,
    SEKISHO_TOKEN: await tokenOf({ claims: { groups: ["sre"] } }),
  });
  assert.match(late.err, /proposal_unknown/);
  assert.doesNotMatch(late.out, /Compared with/, "what it would change now is not what it changed");
});

test("a version that took two people names both, in the list and by itself", async () => {
  const left = objects.filter(({ id }) => id !== "support");
  using files = folder({ "all.yaml": left.map((one) => stringify(one)).join("---\n") });
  const applied = await sekisho(["apply", "-f", files.path, "--yes"], ana);
  const [, id = ""] = /sekisho proposals approve (\w{26})/.exec(applied.out) ?? [];
  const second = { ...ana, SEKISHO_TOKEN: await tokenOf({ claims: { groups: ["sre"] } }, "api", "Q") };
  const agreed = await sekisho(["proposals", "approve", id, "--yes", "--json"], second);
  assert.equal(agreed.code, 0, agreed.err);
  const version = String(JSON.parse(agreed.out).published);
  assert.match(
    (await sekisho(["versions", "list", "--most", "1"], ana)).out,
    /\(okta\), agreed by \S.* \(okta\)$/m,
  );
  assert.match(
    (await sekisho(["versions", "show", version], ana)).out,
    /^by {6}.*\nagreed {2}\S.* \(okta\)$/m,
  );
});

test("what is no id of a proposal is called so, in words", async () => {
  for (const command of ["show", "approve", "reject"]) {
    const { code, err } = await sekisho(["proposals", command, "nope"], ana);
    assert.equal(code, 1);
    assert.match(err, /proposal: an id of 26 characters, as `sekisho proposals list` shows it/, command);
  }
});
