import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type DurationInput, sessionDuration, sessionName, sessionTags } from "../../lib/aws/session.ts";
import { granted, NOW, placed } from "./role.ts";

const input: DurationInput = {
  now: NOW,
  grantedSeconds: 7200,
  roleMaxSeconds: 14_400,
  sessionEndsAt: NOW + 28_800,
};

const limits: readonly (readonly [what: string, change: Partial<DurationInput>, seconds: number])[] = [
  ["what the rule gives", {}, 7200],
  ["what was asked for", { asked: 900 }, 900],
  ["what the scope allows", { scopeMaxSeconds: 1800 }, 1800],
  ["what the role allows", { roleMaxSeconds: 3600 }, 3600],
  ["what is left of the broker's session", { sessionEndsAt: NOW + 1000 }, 1000],
  ["what is left of the provider's session", { providerSessionEndsAt: NOW + 950 }, 950],
  [
    "what AWS takes",
    { asked: 99_999, grantedSeconds: 99_999, roleMaxSeconds: 99_999, sessionEndsAt: NOW + 99_999 },
    43_200,
  ],
  ["whole seconds", { asked: 1000.9 }, 1000],
];
for (const [what, change, seconds] of limits)
  test(`a session is no longer than ${what}`, () =>
    assert.equal(sessionDuration({ ...input, ...change }).durationSeconds, seconds));

test("asking for more than is allowed gives what is allowed", () =>
  assert.equal(sessionDuration({ ...input, asked: 40_000 }).durationSeconds, 7200));

test("no session outlives the sign-in, whatever it asks for now", () => {
  assert.equal(sessionDuration({ ...input, asked: 900 }).endsAt, NOW + 28_800);
  assert.equal(sessionDuration({ ...input, providerSessionEndsAt: NOW + 2000 }).endsAt, NOW + 2000);
});

for (const [what, change] of [
  ["less than 15 minutes are asked for", { asked: 899 }],
  ["the sign-in is nearly over", { sessionEndsAt: NOW + 899 }],
  ["the provider's session is nearly over", { providerSessionEndsAt: NOW + 899 }],
  ["the sign-in is over", { sessionEndsAt: NOW - 1 }],
  ["what is asked for is no number", { asked: Number.NaN }],
  ["a negative time is asked for", { asked: -1 }],
] as const)
  test(`nothing is issued when ${what}`, () =>
    assert.throws(() => sessionDuration({ ...input, ...change }), { code: "session_too_short" }));

const names: readonly (readonly [name: string, told: string])[] = [
  ["taro@example.com", "taro@example.com"],
  ["Taro Yamada", "Taro-Yamada"],
  ["José Müller-Łuczak", "Jose-Muller-uczak"],
  ["repo:acme/app:ref:refs/heads/main", "repo-acme-app-ref-refs-heads-main"],
  ["山田 太郎", "01FALLBACK"],
  ["山田 T", "01FALLBACK"],
  ["", "01FALLBACK"],
  ["a", "01FALLBACK"],
  ["--", "01FALLBACK"],
  ["aws:root", "aws-root"],
  ["x".repeat(200), "x".repeat(64)],
];
for (const [name, told] of names)
  test(`somebody called \`${name.slice(0, 40)}\` has sessions called \`${told.slice(0, 40)}\``, () =>
    assert.equal(sessionName({ name }, "01FALLBACK"), told));

test("whatever somebody is called, STS accepts what their sessions are called", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (name) => {
      assert.match(sessionName({ name }, "01FALLBACK"), /^[a-zA-Z_0-9+=,.@-]{2,64}$/);
    }),
    { numRuns: 2000 },
  );
});

test("tags are what the rule gives, and those that survive chaining are among them", () => {
  const given = { team: "red", costCenter: "1 234" };
  assert.deepEqual(
    sessionTags({ ...granted, tags: given }, { ...placed, transitiveTags: ["team", "absent"] }),
    { tags: given, transitive: ["team"] },
  );
});

const many = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, "v"]));
for (const [what, tags] of [
  ["more than fifty tags", many],
  ["a key of AWS's own", { "AWS:team": "x" }],
  ["an empty key", { "": "x" }],
  ["a key too long", { ["k".repeat(129)]: "x" }],
  ["a value too long", { team: "x".repeat(257) }],
  ["characters AWS refuses", { team: "a;b" }],
  ["a line end", { team: "a\nb" }],
  ["two keys alike but for case", { team: "a", Team: "b" }],
] as const)
  test(`a rule that gives ${what} gives no session`, () =>
    assert.throws(() => sessionTags({ ...granted, tags }, placed), { code: "session_tags_invalid" }));
