import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { Invariant } from "../../lib/core/promise.ts";
import type { Rule } from "../../lib/core/rule.ts";
import { toInstant } from "../../lib/core/time.ts";
import { compileRule } from "../../lib/rules/compile.ts";
import { type Proving, prove } from "../../lib/rules/prove/prove.ts";
import { connection, NOON, role, rule, world } from "./things.ts";

const WORLD = world(
  [
    connection("okta", { contexts: ["low", "high"] }),
    connection("entra"),
    connection("off", { enabled: false }),
  ],
  [role("Admin"), role("ReadOnly")],
);
const PROD = { accounts: ["ou:/prod/**"], roles: ["Admin"] };
const never = (more: object = {}) =>
  v.parse(Invariant, { kind: "Invariant", id: "i", never: { ...PROD, ...more } });
const whenever = (...conditions: object[]) =>
  // biome-ignore lint/suspicious/noThenProperty: as invariants are written
  v.parse(Invariant, { kind: "Invariant", id: "i", whenever: PROD, then: conditions });
const answer = (one: Invariant, rules: readonly Rule[], more: Partial<Proving> = {}) =>
  prove(one, { rules: rules.map(compileRule), world: WORLD, now: NOON, ...more });
const found = (one: Invariant, ...rules: Rule[]) => {
  const said = answer(one, rules);
  assert.ok(typeof said === "object", String(said));
  return said.found;
};
const holds = (one: Invariant, ...rules: Rule[]) => assert.equal(answer(one, rules), "none");
const when = (...conditions: object[]) => rule("r", { when: conditions });
const deny = (...conditions: object[]) =>
  rule("d", { effect: "deny", when: conditions, grant: { roles: ["*"], accounts: ["ou:/prod/**"] } });

test("without a rule that grants there, nobody reaches it", () => {
  holds(never());
  holds(never(), rule("r", { grant: { roles: ["Admin"], accounts: ["222222222222"] } }));
  holds(never(), rule("r", { grant: { roles: ["ReadOnly"], accounts: ["111111111111"] } }));
  holds(never({ connection: "entra" }), when());
  holds(never(), rule("r", { connection: "off", when: [] }));
  holds(never(), rule("r", { shadow: true, when: [] }));
  holds(never(), rule("r", { effect: "eligible", when: [] }));
});

test("whoever is found has a value for every condition, and none that a deny speaks of", () => {
  const { who, rule: by } = found(
    never(),
    when(
      { claim: "groups", startsWith: "aws-" },
      { claim: "groups", endsWith: "-prod" },
      { claim: "email", regex: "[a-z]+@x" },
    ),
    deny({ claim: "groups", glob: "aws-?" }),
  );
  assert.equal(by, "r");
  assert.ok((who.claims.groups ?? []).length >= 1);
  assert.match(String(who.claims.email), /^[a-z]+@x$/);
});

test("a deny that covers every value a rule could ask for leaves nobody", () => {
  holds(
    never(),
    when({ claim: "groups", startsWith: "aws-prod" }),
    deny({ claim: "groups", startsWith: "aws-" }),
  );
  holds(
    never(),
    when({ claim: "groups", template: "aws_{n:digits}" }),
    deny({ claim: "groups", glob: "aws_*" }),
  );
  holds(
    never(),
    when({ claim: "costCenter", number: { atLeast: 5 } }),
    deny({ claim: "costCenter", number: { above: 4 } }),
  );
  holds(never(), when({ mfa: false }), deny({ not: { mfa: true } }));
  holds(never(), when({ cidr: ["192.0.2.0/25"] }), deny({ cidr: ["192.0.2.0/24"] }));
});

test("who has one value is not who has another", () => {
  const { who } = found(whenever({ claim: "subject", equals: "" }), when());
  assert.notEqual(who.subject, "");
  found(whenever({ claim: "subject", in: ["a", "b"] }), when());
  holds(whenever({ claim: "subject", exists: true }), when());
  holds(whenever({ claim: "subject", in: ["a", "b"] }), when({ claim: "subject", equals: "a" }));
});

test("a regular expression fits no value that is longer than it may be, and that is where its deny ends", () => {
  const { who } = found(
    never(),
    when({ claim: "groups", startsWith: "a" }),
    deny({ claim: "groups", regex: "a.*" }),
  );
  assert.ok((who.claims.groups ?? [])[0]?.length ?? 0 > 256);
});

test("what must be so of whoever has a role is asked of every rule that gives it", () => {
  holds(whenever({ mfa: true }), when({ claim: "groups", equals: "sre" }, { mfa: true }));
  holds(whenever({ mfa: true }), when({ claim: "groups", equals: "sre" }), deny({ not: { mfa: true } }));
  const { who } = found(whenever({ mfa: true }), when({ claim: "groups", equals: "sre" }));
  assert.notEqual(who.mfa, "yes");
  holds(whenever({ claim: "groups", equals: "sre" }), when({ claim: "groups", equals: "sre" }));
  found(whenever({ claim: "groups", equals: "sre" }), when({ claim: "groups", in: ["sre", "dev"] }));
  holds(whenever({ acr: { atLeast: "low" } }), when({ acr: { atLeast: "high" } }));
  found(whenever({ acr: { atLeast: "high" } }), when({ acr: { atLeast: "low" } }));
  holds(whenever({ authAgeSeconds: 100 }), when({ authAgeSeconds: 60 }));
  found(whenever({ authAgeSeconds: 60 }), when({ authAgeSeconds: 100 }));
});

test("a rule that begins later breaks it from then on, and one that has ended does not", () => {
  const later = { from: toInstant(NOON + 1000), until: toInstant(NOON + 2000) };
  assert.equal(found(never(), rule("r", { when: [], ...later })).who.at, later.from);
  holds(never(), rule("r", { when: [], until: toInstant(NOON - 1) }));
  const night = { timeWindow: { zone: "Asia/Tokyo", from: "22:00", until: "06:00" } };
  holds(never(), when(night), deny({ timeWindow: { zone: "Asia/Tokyo", from: "21:00", until: "07:00" } }));
  found(never(), when(night), deny({ timeWindow: { zone: "Asia/Tokyo", from: "22:00", until: "05:59" } }));
});

test("what goes into a session is part of what a rule asks", () => {
  const tagged = { roles: ["Admin"], accounts: ["111111111111"], tags: { cc: "{claims.costCenter}" } };
  const { who } = found(never(), rule("r", { when: [], grant: tagged }));
  assert.equal((who.claims.costCenter ?? []).length, 1);
  holds(never(), rule("r", { when: [], grant: tagged }), deny({ claim: "costCenter", exists: true }));
});

test("a template gives what its fields name, and nothing else", () => {
  const captured = rule("r", {
    when: [{ claim: "groups", template: "aws_{account:digits}_{role:name}" }],
    grant: { roles: ["{role}"], accounts: ["{account}"] },
  });
  const { who } = found(never(), captured);
  assert.match(String(who.claims.groups), /^aws_(?:111111111111|444444444444)_Admin$/);
  holds(never(), captured, deny({ claim: "groups", endsWith: "_Admin" }));
});

test("what could not be decided within bounds is not called true", () => {
  const rules = [when({ claim: "groups", equals: "a" }), deny({ claim: "groups", equals: "a" })];
  assert.equal(answer(never(), rules), "none");
  assert.equal(answer(never(), rules, { steps: 0 }), "undecided");
  assert.equal(answer(never(), rules, { isLate: () => true }), "undecided");
  assert.equal(answer(never(), [when({ claim: "sourceIp", equals: "192.0.2.7" })]), "undecided");
});

test("numbers and what their digits spell are compared by trying, and only what was found is certain", () => {
  const level = (condition: object) => ({ claim: "costCenter", ...condition });
  const teens = when(level({ number: { atLeast: 10, below: 20 } }));
  // The example of docs/preview.md: every such number begins with 1, and nobody was found; bounds alone are decided.
  assert.equal(answer(never(), [teens, deny(level({ startsWith: "1" }))]), "undecided");
  holds(never(), teens, deny(level({ number: { atLeast: 10 } })));
  holds(never(), when(level({ in: ["10", "11"] })), deny(level({ number: { atLeast: 10 } })));
  const { who } = found(never(), teens, deny(level({ startsWith: "10" })));
  const value = Number(who.claims.costCenter?.[0]);
  assert.ok(value >= 11 && value < 20, String(value));
});
