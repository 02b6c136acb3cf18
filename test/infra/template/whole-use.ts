import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { DeleteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Digest, NO_HASH } from "../../../lib/core/seal.ts";
import { newReference } from "../../../lib/core/secret.ts";
import { systemClock, toInstant } from "../../../lib/core/time.ts";
import { record } from "../../../lib/store/audit.ts";
import { putDigest } from "../../../lib/store/seals.ts";
import { signedIn, signInAs, throughForms } from "../../http/stack.ts";
import type { Packaged } from "../../lambda/packaged.ts";
import { ASSERTION_XML, seal } from "../../saml/genuine.ts";
import { formOf, newPerson } from "../../support/person.ts";
import { ciToken, fetchCredentials, personToken } from "../../support/programs.ts";

/** Goes every way there is through the packaged functions, so that each shows what it asks of AWS. */
export async function useEverything(packaged: Packaged): Promise<void> {
  // Requests to Okta are signed here; the demo configuration leaves them plain.
  await packaged.apply(
    packaged.objects.map((one) => (one.id === "okta" ? { ...one, signRequests: true } : one)),
  );
  await people(packaged);
  await programs(packaged);
  await administrators(packaged);
  await operators(packaged);
  await strangers(packaged);
  await schedule(packaged);
  await auditors(packaged);
}

async function people({ stack }: Packaged): Promise<void> {
  const tiled = newPerson();
  const dashboard = await signInAs(tiled, await tiled.open(stack.urls.okta), "sre");
  await throughForms(tiled, await tiled.follow(dashboard, /prod Admin/i));
  await signedIn(stack, "google", "support");
  const { person, page } = await signedIn(stack, "entra", "analyst");
  const credentials = await person.follow(page, /^\/credentials\?/);
  await person.send(credentials, {}, { which: /credentials/ });
  const home = await person.open(`${stack.url}/`);
  const left = await person.send(home, {}, { which: /signout/ });
  assert.equal(new URL(left.url).pathname, "/signout");
}

async function programs({ stack }: Packaged): Promise<void> {
  const scoped = "222222222222/Deploy?scope=s3-read&parameters.bucket=acme-logs";
  assert.equal((await fetchCredentials(stack.urls, scoped, await ciToken(stack.urls))).status, 200);
  const { person } = await signedIn(stack, "okta", "sre");
  const token = await personToken(stack.urls, person, "credentials");
  assert.equal((await fetchCredentials(stack.urls, "111111111111/Admin", token)).status, 200);
}

async function administrators({ stack, objects }: Packaged): Promise<void> {
  const { person } = await signedIn(stack, "okta", "sre");
  const token = await personToken(stack.urls, person, "api");
  const ask = async (path: string, body?: object, verb = "POST"): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${stack.url}/api/admin/${path}`, {
      method: body === undefined ? "GET" : verb,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json() as Promise<Record<string, unknown>>;
  };
  await ask("configuration");
  await ask("plan", { objects });
  await ask("apply", { objects });
  await ask("apply", { objects, origin: "github.com/acme/access" });
  await ask("origins");
  await ask(`origins/${Buffer.from("github.com/acme/access").toString("base64url")}`, {}, "DELETE");
  await inParts(token, objects, stack.url, ask);
  await ask("explain", {});
  await ask("explain", { connection: "okta", claims: { groups: ["sre"] } });
  await ask("why?account=prod&role=Admin&connection=okta&subject=00u1sre0000000000697");
  await ask("access?account=111111111111&role=Admin");
  await ask("access?account=broker&unused=1&at=2026-01-01T00:00:00Z");
  await ask("versions");
  await twoPeople(objects, ask);
  await ask("connections/okta/refresh", {});
  const { connections } = (await ask("connections")) as { connections: { id: string; keys?: object[] }[] };
  assert.ok(connections.length > 2);
  // A program that is no administrator.
  const refused = await fetch(`${stack.url}/api/admin/versions`, {
    headers: { authorization: `Bearer ${await ciToken(stack.urls)}` },
  });
  assert.equal(refused.status, 403);
}

async function operators({ lambda, objects }: Packaged): Promise<void> {
  const invoke = (payload: object) => lambda.invoke("admin", payload) as Promise<{ keys: object[] }>;
  const { keys } = await invoke({ sekisho: "list-keys" });
  const [first] = keys as { purpose: string; keyId: string }[];
  await invoke({ sekisho: "put-keys", keys: [{ ...first, keyId: "next", state: "next" }] });
  await invoke({ sekisho: "drop-keys", keys: [{ purpose: first?.purpose, keyId: "next" }] });
  await invoke({ sekisho: "recover", connection: "okta", subject: "somebody" });
  await invoke({ sekisho: "apply", objects, author: "test" });
}

/** A genuine answer whose assertion is replaced by one that was encrypted for somebody else. */
async function strangers({ stack }: Packaged): Promise<void> {
  for (const path of ["/saml/idp/metadata", "/saml/okta/metadata", "/.well-known/jwks.json", "/nowhere"])
    await fetch(`${stack.url}${path}`);
  const person = newPerson();
  const asked = await person.open(`${stack.url}/signin/okta?to=/`);
  const answer = await person.send(asked, { username: "sre", password: "sre" }, { which: /password/i });
  const { fields } = formOf(answer, /SAMLResponse/);
  const xml = Buffer.from(fields.SAMLResponse ?? "", "base64").toString("utf8");
  const [assertion = ""] = /<(\w+:)?Assertion[\s>].*<\/\1Assertion>/s.exec(xml) ?? [];
  assert.ok(assertion.length > 500);
  const [head = "", tail = ""] = xml.split(assertion);
  const plain = head.replace(/<(\w+:)?Signature[\s>].*<\/\1Signature>/s, "");
  const SAMLResponse = Buffer.from(plain + seal(ASSERTION_XML) + tail).toString("base64");
  const refused = await person.send(answer, { SAMLResponse }, { which: /SAMLResponse/ });
  assert.match(refused.text, /saml_decryption_failed/);
  const again = await person.send(answer, {}, { which: /SAMLResponse/ });
  assert.match(again.text, /signin_expired/);
}

/** What was learnt of a provider is gone: the worker learns it again, and says so in the trail. */
async function schedule({ stack, lambda }: Packaged): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: stack.urls.dynamodb,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  await client.send(
    new DeleteItemCommand({
      TableName: "sekisho",
      Key: { pk: { S: "CONNECTION#okta" }, sk: { S: "STATE" } },
    }),
  );
  client.destroy();
  await lambda.invoke("worker", {});
}

/**
 * An event of an hour ago, and one of before the last slice, which came late: the worker seals both, and takes both outside.
 * Then an administrator asks of the first.
 */
async function auditors({ stack, lambda }: Packaged): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: stack.urls.dynamodb,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const table = { client, name: "sekisho" };
  const first = { pk: { S: "SEAL" }, sk: { S: "0000000001" } };
  await client.send(new DeleteItemCommand({ TableName: "sekisho", Key: first }));
  const at = Math.floor(Date.now() / 1000) - 3600;
  await putDigest(table, { digest: emptySlice(at - 1200, at - 600), signature: "" });
  const personId = newReference(at);
  const event = {
    schema: 1,
    id: newReference(at),
    at,
    kind: "signout",
    actor: "person",
    personId,
  } as const;
  await record(table, event, 1);
  await record(table, { ...event, id: newReference(at - 900), at: at - 900 }, 1);
  client.destroy();
  await lambda.invoke("worker", { sekisho: "seal" });

  const { person } = await signedIn(stack, "okta", "sre");
  const token = await personToken(stack.urls, person, "api");
  const ask = async (path: string): Promise<{ cursor?: string; events?: object[] }> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${stack.url}/api/admin/audit/${path}`, { headers });
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer.json() as Promise<{ cursor?: string; events?: object[] }>;
  };
  const { events } = await ask(`events?person=${personId}&names=true`);
  assert.equal(events?.length, 2);
  for (let cursor = (await ask("export")).cursor; cursor !== undefined; )
    cursor = (await ask(`export?${new URLSearchParams({ cursor })}`)).cursor;
}

/** The configuration in one part, planned from it. */
async function inParts(
  token: string,
  objects: readonly object[],
  url: string,
  ask: (path: string, body?: object) => Promise<Record<string, unknown>>,
): Promise<void> {
  const text = objects.map((one) => `${JSON.stringify(one)}\n`).join("");
  const part = createHash("sha256").update(text).digest("base64url");
  const put = await fetch(`${url}/api/admin/drafts/${part}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ gzip: gzipSync(text).toString("base64") }),
  });
  assert.equal(put.status, 200, await put.clone().text());
  assert.deepEqual((await ask("drafts")).parts, [part]);
  await ask("plan", { draft: { parts: [part] } });
}

const emptySlice = (from: number, to: number): Digest => ({
  schema: 1,
  number: 1,
  from,
  to,
  sealedAt: to,
  keptUntil: to,
  events: 0,
  shards: {},
  late: [],
  previous: NO_HASH,
  key: "",
});

/** A change that takes two people, proposed and given up again, and one that waits and is cancelled. */
async function twoPeople(
  objects: readonly Readonly<Record<string, unknown>>[],
  ask: (path: string, body?: object) => Promise<Record<string, unknown>>,
): Promise<void> {
  const on = objects.map((one) =>
    one.kind === "Settings" ? { ...one, twoPerson: { kinds: ["Scope", "Rule"] } } : one,
  );
  await ask("apply", { objects: on });
  const changed = on.filter(({ id }) => id !== "interns-stay-out-of-prod");
  const { proposal } = await ask("apply", { objects: changed });
  await ask("proposals");
  await ask(`proposals/${proposal}`);
  await ask(`proposals/${proposal}/reject`, {});
  const later = on.map((one) => (one.name === "Deploy" ? { ...one, description: "Later" } : one));
  const at = toInstant(systemClock.now() + 3600);
  const { scheduled } = await ask("apply", { objects: later, at });
  await ask("scheduled");
  await ask(`scheduled/${scheduled}`);
  await ask(`scheduled/${scheduled}/cancel`, {});
}
