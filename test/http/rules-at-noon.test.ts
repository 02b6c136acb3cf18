import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler as admin } from "../../functions/admin.ts";
import { readSeed } from "../../infra/local/seed.ts";
import type { Page, Person } from "../support/person.ts";
import { ciToken, fetchCredentials, personToken } from "../support/programs.ts";
import { trailOf } from "../support/table.ts";
import { until } from "../support/until.ts";
import { openStack, type Stack, signedIn } from "./stack.ts";

/** What people and programs hold at noon: everything was given in the morning. */
interface Held {
  readonly sre: Person;
  readonly analyst: Person;
  readonly token: string;
  readonly workload: string;
}

let stack: Stack;
let held: Held;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

async function morning(): Promise<Held> {
  const [{ person: sre }, { person: analyst }] = await Promise.all([
    signedIn(stack, "okta", "sre"),
    signedIn(stack, "entra", "analyst"),
  ]);
  const token = await personToken(stack.urls, sre, "credentials");
  const workload = await ciToken(stack.urls, { repository: "demo/app", ref: "refs/heads/main" });
  return { sre, analyst, token, workload };
}

/** Publishes the seed as an operator does, without these rules and with these connections switched off. */
async function apply(gone: { readonly rules: readonly string[]; readonly connections: readonly string[] }) {
  const objects = readSeed(Number(new URL(stack.url).port))
    .filter(({ kind, id }) => kind !== "Rule" || !gone.rules.includes(String(id)))
    .map((one) =>
      one.kind === "Connection" && gone.connections.includes(String(one.id))
        ? { ...one, enabled: false }
        : one,
    );
  assert.match(JSON.stringify(await admin({ sekisho: "apply", objects, author: "noon" })), /"published"/);
}

const consoleOf = (person: Person, account: string, role: string): Promise<Page> =>
  person.open(`${stack.url}/console?${new URLSearchParams({ account, role })}`);
const asPerson = () => fetchCredentials(stack.urls, "111111111111/Admin", held.token);
const asWorkload = () => fetchCredentials(stack.urls, "222222222222/Deploy", held.workload);

test("in the morning every rule works", async () => {
  held = await morning();
  for (const page of [
    await consoleOf(held.sre, "111111111111", "Admin"),
    await consoleOf(held.sre, "222222222222", "Admin"),
    await consoleOf(held.analyst, "222222222222", "Analyst"),
  ])
    assert.ok(page.url.startsWith(stack.urls.aws), page.way.join(" -> "));
  assert.equal((await asPerson()).status, 200);
  assert.equal((await asWorkload()).status, 200);
});

test("a rule removed at noon gives nothing to the same session, the same token and the same workload", async () => {
  await apply({ rules: ["sre-prod", "ci-deploys-main"], connections: ["entra"] });
  // HEAD is believed for 5 s at most; from the first refusal on nothing is given any more.
  await until(asWorkload, ({ said }) => said.code === "role_not_granted", "the refusal");

  const page = await consoleOf(held.sre, "111111111111", "Admin");
  assert.equal(page.status, 403);
  assert.match(page.text, /role_not_granted/);
  const { status, said } = await asPerson();
  assert.deepEqual([status, said.code], [403, "role_not_granted"]);
  const register = await held.sre.open(`${stack.url}/`);
  assert.match(register.text, /account=222222222222/);
  assert.ok(!/account=111111111111/.test(register.text), "the register offers the account no more");
});

test("what other rules give is left as it was", async () => {
  const page = await consoleOf(held.sre, "222222222222", "Admin");
  assert.ok(page.url.startsWith(stack.urls.aws), page.way.join(" -> "));
});

test("a connection that is switched off gives nothing to whoever signed in through it before", async () => {
  const page = await consoleOf(held.analyst, "222222222222", "Analyst");
  const register = await held.analyst.open(`${stack.url}/`);
  for (const { url, status, text } of [page, register]) {
    assert.ok(url.startsWith(stack.url));
    assert.equal(status, 403);
    assert.match(text, /connection_disabled/);
    assert.match(text, /Entra ID/);
  }
});

test("each of these refusals is in the trail", async () => {
  const refused = (await trailOf(stack.urls)).filter(({ kind }) => kind.endsWith(".refused"));
  const found = new Set(refused.map(({ kind, actor, code }) => `${kind} ${actor} ${code}`));
  assert.deepEqual([...found].toSorted(), [
    "console.refused person connection_disabled",
    "console.refused person role_not_granted",
    "credentials.refused person role_not_granted",
    "credentials.refused workload role_not_granted",
  ]);
});
