import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { handler as admin } from "../../functions/admin.ts";
import { ROOT } from "../../infra/build.ts";
import { AUDIT_KINDS, type AuditEvent, type AuditKind } from "../../lib/core/audit.ts";
import { newReference } from "../../lib/core/secret.ts";
import { systemClock, toInstant } from "../../lib/core/time.ts";
import { putScheduled, scheduledId } from "../../lib/store/scheduled.ts";
import { scheduled } from "../faults/aws/newer-items.ts";
import { openStack, type Stack, signedIn } from "../http/stack.ts";
import { ciToken, fetchCredentials, personToken } from "../support/programs.ts";
import { trailOf } from "../support/table.ts";

const KINDS = Object.keys(AUDIT_KINDS) as AuditKind[];

let stack: Stack;
let trail: readonly AuditEvent[];
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

async function ask(
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${stack.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as Record<string, unknown>;
}

test("a whole broker is made to write every kind of event", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  const place = "account=333333333333&role=Admin";
  await person.open(`${stack.url}/console?${place}`, { stopAt: /federation|signin/ });
  await person.open(`${stack.url}/console?account=333333333333&role=Nothing`);
  const ci = await ciToken(stack.urls);
  await fetchCredentials(stack.urls, "222222222222/Deploy?scope=s3-read&parameters.bucket=acme-logs", ci);
  await fetchCredentials(stack.urls, "111111111111/Admin", ci);
  await fetch(`${stack.url}/saml/okta/acs`, {
    method: "POST",
    body: new URLSearchParams({ SAMLResponse: "AAAA", RelayState: `si_${"x".repeat(43)}` }),
  });
  await fetch(`${stack.url}/api/login/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code: "x".repeat(43), verifier: "x".repeat(43) }),
  });
  const token = await personToken(stack.urls, person, "api");
  await ask("sk_nobody", "GET", "/api/admin/configuration");
  const { objects } = (await ask(token, "GET", "/api/admin/configuration")) as { objects: object[] };
  await ask(token, "POST", "/api/admin/apply", { objects: [] });
  const unreachable = {
    kind: "Connection",
    id: "away",
    protocol: "saml",
    title: "Away",
    metadata: { url: "https://127.0.0.1:9/metadata" },
  };
  await ask(token, "POST", "/api/admin/apply", { objects: [...objects, unreachable] });
  const later = { ...unreachable, id: "later" };
  const answer = await ask(token, "POST", "/api/admin/apply", {
    objects: [...objects, unreachable, later],
    at: toInstant(systemClock.now() + 3600),
  });
  await ask(token, "POST", `/api/admin/scheduled/${answer.scheduled}/cancel`, {});
  await ask(token, "POST", "/api/admin/apply", { objects: [...objects, unreachable], origin: "acme/access" });
  const { origins } = (await ask(token, "GET", "/api/admin/origins")) as { origins: { id: string }[] };
  for (const { id } of origins) await ask(token, "DELETE", `/api/admin/origins/${id}`);
  await missed();
  await admin({ sekisho: "recover", connection: "okta", subject: "sre" });
  const out = await person.open(`${stack.url}/signout`);
  await person.send(out, {}, { which: /signout/ });
  trail = await trailOf(stack.urls);
});

/** What was scheduled for a time when nobody came. */
async function missed(): Promise<void> {
  const client = new DynamoDBClient({ endpoint: stack.urls.dynamodb });
  const dueAt = systemClock.now() - 7200;
  const id = scheduledId(dueAt, newReference());
  await putScheduled({ client, name: "sekisho" }, { ...scheduled, id, dueAt });
  client.destroy();
  await admin({ sekisho: "publish-due" });
}

test("every kind there is was seen, and no other", (t) => {
  const seen = Map.groupBy(trail, ({ kind }) => kind);
  t.diagnostic(KINDS.map((kind) => `${kind} ${seen.get(kind)?.length ?? 0}`).join(", "));
  assert.deepEqual([...seen.keys()].sort(), [...KINDS].sort());
});

test("every event says what its kind always says", () => {
  assert.ok(trail.length >= KINDS.length);
  for (const event of trail)
    for (const field of AUDIT_KINDS[event.kind])
      assert.ok(event[field] !== undefined, `${event.kind} says no ${field}`);
});

test("docs/audit.md has a sentence for every kind, and says what it always says", () => {
  const [, section = ""] = readFileSync(join(ROOT, "docs/audit.md"), "utf8").split(/^## /m);
  const rows = section
    .split("\n")
    .filter((line) => /^\| `[a-z]+(?:\.[a-z-]+)?` \|/.test(line))
    .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| |[`|]| \|$/g, "").trim()));
  const told = new Map(rows.map(([kind = "", sentence = "", fields = ""]) => [kind, { sentence, fields }]));
  for (const kind of KINDS) {
    assert.ok((told.get(kind)?.sentence.length ?? 0) > 15, kind);
    assert.equal(told.get(kind)?.fields, AUDIT_KINDS[kind].join(", "), kind);
  }
  assert.deepEqual([...told.keys()].sort(), [...KINDS].sort());
});
