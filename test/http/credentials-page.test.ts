import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler as admin } from "../../functions/admin.ts";
import { readSeed } from "../../infra/local/seed.ts";
import { formOf, readable } from "../support/person.ts";
import { until } from "../support/until.ts";
import { openStack, type Stack, signedIn } from "./stack.ts";

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

const place = "/credentials?account=111111111111&role=ReadOnly";
const ASKS = /name="csrf"[\s\S]*name="account"|name="account"[\s\S]*name="csrf"/;

async function asked(name = "sre") {
  const { person } = await signedIn(stack, "okta", name);
  return { person, page: await person.open(`${stack.url}${place}`) };
}

test("the page of a role issues nothing before it is asked", async () => {
  const { page } = await asked();
  assert.equal(page.status, 200);
  assert.ok(!/ASIA[A-Z0-9]{16}/.test(page.text));
  assert.ok(readable(page).includes("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
});

test("asked, it issues, and shows the secret only to whoever asked to see it", async () => {
  const { person, page } = await asked();
  const masked = await person.send(page, { show: "" }, { which: ASKS });
  assert.equal(masked.status, 200, readable(masked));
  const shown = await person.send(page, { show: "1", form: "env" }, { which: ASKS });
  assert.match(shown.text, /ASIA[A-Z0-9]{16}/);
  assert.match(readable(shown), /export AWS_SESSION_TOKEN/);
  assert.equal(shown.headers.get("cache-control"), "no-store");
});

for (const [form, sign] of [
  ["env", /export AWS_SECRET_ACCESS_KEY/],
  ["profile", /\[[^\]]+\]\s+aws_access_key_id/],
  ["json", /"AccessKeyId"/],
] as const)
  test(`credentials come as ${form}`, async () => {
    const { person, page } = await asked();
    assert.match(readable(await person.send(page, { show: "1", form }, { which: ASKS })), sign);
  });

test("a form from elsewhere issues nothing", async () => {
  const { person, page } = await asked();
  const { fields } = formOf(page, ASKS);
  for (const csrf of ["", "x".repeat(43)]) {
    const answer = await person.send(page, { ...fields, csrf, show: "1" }, { which: ASKS });
    assert.equal(answer.status, 403);
    assert.match(answer.text, /forgery_suspected/);
  }
  const foreign = await person.send(
    page,
    { show: "1" },
    { which: ASKS, headers: { "sec-fetch-site": "cross-site" } },
  );
  assert.match(foreign.text, /forgery_suspected/);
});

test("the page of a role that was not given is a refusal", async () => {
  const { person } = await signedIn(stack, "google", "support");
  const page = await person.open(`${stack.url}/credentials?account=111111111111&role=Admin`);
  assert.equal(page.status, 403);
  assert.match(page.text, /role_not_granted/);
});

test("whoever is not signed in is sent to sign in and back", async () => {
  const { page } = await signedIn(stack, "okta", "sre", place);
  assert.equal(page.url, `${stack.url}${place}`);
  assert.equal(page.status, 200);
});

test("the register is found by words, in the person's language", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  const found = await person.open(`${stack.url}/?q=staging`);
  assert.ok(found.text.includes("222222222222") && !found.text.includes("333333333333"));
  const nothing = await person.open(`${stack.url}/?q=nowhere`);
  assert.ok(!nothing.text.includes("111111111111"));
  const japanese = await person.open(`${stack.url}/`, { headers: { "accept-language": "ja" } });
  assert.match(japanese.text, /<html lang="ja"/);
  await person.open(`${stack.url}/?lang=ja`);
  assert.match((await person.open(`${stack.url}/`)).text, /<html lang="ja"/, "a choice is kept");
});

test("what a rule lets somebody ask for stands apart on the register, and is not theirs", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  const before = await person.open(`${stack.url}/`);
  assert.ok(!before.text.includes("Can be asked for"));
  const objects = readSeed(Number(new URL(stack.url).port)).map((one) =>
    one.id === "sre-prod" ? { ...one, effect: "eligible" } : one,
  );
  assert.match(JSON.stringify(await admin({ sekisho: "apply", objects, author: "asking" })), /"published"/);
  const isAsking = ({ text }: { text: string }) => text.includes("Can be asked for");
  const { text } = await until(() => person.open(`${stack.url}/`), isAsking, "the section");
  const [held = "", asking = ""] = text.split('class="asking"');
  assert.ok(!held.includes("/console?account=111111111111&amp;role=Admin"));
  assert.match(asking, /111111111111[\s\S]*Admin[\s\S]*\/why\?account=111111111111&amp;role=Admin/);
  const refused = await person.open(`${stack.url}/console?account=111111111111&role=Admin`);
  assert.equal(refused.status, 403);
});
