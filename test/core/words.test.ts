import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { asRefusal, REFUSALS, Refusal } from "../../lib/core/errors.ts";
import { crockford, newReference, newSecret, personId, sameSecret } from "../../lib/core/secret.ts";
import { parseInstant, toInstant } from "../../lib/core/time.ts";

test("every refusal has a status, a sentence in both languages and a next step", () => {
  const rows = Object.entries(REFUSALS);
  assert.ok(rows.length > 40, `only ${rows.length} codes were looked at`);
  for (const [code, [status, en, ja, next]] of rows) {
    assert.match(code, /^[a-z][a-z0-9_]+$/);
    assert.ok(status >= 400 && status < 600, code);
    assert.match(en, /^[A-Z].*\.$/, code);
    assert.match(ja, /。$/, code);
    assert.ok(next.length > 0, code);
  }
});

test("a refusal's message is the public sentence and nothing of its detail", () => {
  const refusal = new Refusal("role_not_granted", { accountId: "111111111111" });
  assert.equal(refusal.message, REFUSALS.role_not_granted[1]);
  assert.equal(refusal.status, 403);
});

test("an AWS outage is told apart from a fault of ours", () => {
  const away = Object.assign(new Error("slow down"), { name: "ThrottlingException" });
  assert.equal(asRefusal(away).code, "broker_unavailable");
  assert.equal(asRefusal(new TypeError("x is undefined")).code, "broker_fault");
  assert.equal(asRefusal("thrown text").code, "broker_fault");
});

test("reference ids sort by time and are never the same", () => {
  const ids = Array.from({ length: 1000 }, (_, second) => newReference(1_800_000_000 + second));
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, 1000);
  for (const id of ids) assert.match(id, /^[0-9A-HJKMNP-TV-Z]{26}$/);
});

test("secrets have 256 bits and differ", () => {
  assert.equal(Buffer.from(newSecret(), "base64url").length, 32);
  assert.notEqual(newSecret(), newSecret());
  assert.ok(sameSecret("a", "a"));
  assert.ok(!sameSecret("a", "b"));
  assert.ok(!sameSecret("a", "aa"));
});

test("Crockford's base 32 keeps every bit", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
      const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
      const bits = [...crockford(bytes)]
        .map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0"))
        .join("");
      const back = bytes.map((_, place) => Number.parseInt(bits.slice(place * 8, place * 8 + 8), 2));
      assert.deepEqual(back, bytes);
    }),
  );
});

test("a person id is stable, differs by connection, subject and deployment, and fits SourceIdentity", () => {
  const id = personId("pepper", "okta", "00u1");
  assert.equal(id, personId("pepper", "okta", "00u1"));
  assert.match(id, /^[\w+=,.@-]{2,64}$/);
  const others = [
    personId("salt", "okta", "00u1"),
    personId("pepper", "entra", "00u1"),
    personId("pepper", "okta", "00u2"),
  ];
  assert.equal(new Set([id, ...others]).size, 4);
});

test("an instant names its zone or is none", () => {
  assert.equal(parseInstant("2026-11-22T09:41:00Z"), 1_795_340_460);
  assert.equal(parseInstant("2026-11-22T18:41:00.999+09:00"), 1_795_340_460);
  for (const text of [
    "2026-11-22T09:41:00",
    "2026-11-22",
    "2026-13-01T00:00:00Z",
    "2026-11-22T25:00:00Z",
    "",
    "now",
    " 2026-11-22T09:41:00Z",
  ])
    assert.equal(parseInstant(text), undefined, text);
});

test("an instant that is written is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (at) => parseInstant(toInstant(at)) === at),
  );
});
