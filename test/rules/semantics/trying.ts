import assert from "node:assert/strict";
import * as v from "valibot";
import type { Identity } from "../../../lib/core/identity.ts";
import { Test } from "../../../lib/core/promise.ts";
import { compileRule } from "../../../lib/rules/compile.ts";
import { parseObjects } from "../../../lib/rules/parse.ts";
import { tryPromises } from "../../../lib/rules/prove/promises.ts";
import { decide } from "../../../lib/rules/resolve.ts";
import { NOON, person, rule, world } from "../things.ts";
import { accepts, type Case, CONNECTIONS, heldBy, refuses, said } from "./ask.ts";

const DAY = 86_400;
const MIKA = { person: "okta/00u1/mika" };
const HAS = { account: "111111111111", role: "Admin", granted: true };
const HELD = "test/functions/tested-people.test.ts";

interface Tried {
  readonly rules?: readonly object[];
  readonly who?: object;
  /** What was proven of whoever is named, a day before noon; nobody came where it is absent. */
  readonly seen?: Partial<Identity>;
}

/** What is red of one test, by rules written as what differs from an allow of Admin to group `sre`. */
function red(expect: readonly object[], { rules = [{}], who = MIKA, seen }: Tried = {}): string[] {
  const test = v.parse(Test, { kind: "Test", id: "asked", who, expect });
  const parsed = parseObjects([]).configuration;
  const found = seen && { personId: "P", identity: person(seen), seenAt: NOON - DAY };
  const problems = tryPromises({
    configuration: { ...parsed, tests: [test] },
    positions: new Map(),
    rules: rules.map((one, index) => compileRule(rule(`r${index}`, one))),
    world: world(CONNECTIONS),
    now: NOON,
    decideBy: decide,
    seen: new Map(found && [["asked", found]]),
    isLate: () => false,
  });
  return problems.map(({ severity, path, message }) => `${severity} ${path.join(".")} ${message}`);
}

const asTest = (more: object) => ({ kind: "Test", id: "asked", who: MIKA, expect: [HAS], ...more });
const NONE = { accounts: ["ou:/prod/**"], roles: ["Admin"], granted: false };
const ONE_ACCOUNT = { grant: { roles: ["ReadOnly"], accounts: ["111111111111"] } };

/** Cases that people write. */
export const TRYING: readonly Case[] = [
  [
    "A test says what somebody must get or must not get, and a red one lets nothing be published ([preview](preview.md#tests)).",
    () => {
      const who = { connection: "okta", claims: { groups: "sre" } };
      assert.deepEqual(red([HAS], { who }), []);
      assert.match(red([{ ...HAS, granted: false }], { who }).join(), /given by r0/);
      heldBy("test/functions/promises.test.ts", "a red test lets nothing be published")();
    },
  ],
  [
    "It describes somebody, or names a person who came:",
    () => {
      accepts(asTest({}));
      accepts(asTest({ who: { person: "okta/auth0|x/y" } }));
      refuses(asTest({ who: { person: "octa/x" } }), /no connection octa/);
      refuses(asTest({ who: { person: "okta" } }), /the connection and the subject/);
      refuses(asTest({ who: { ...MIKA, claims: {} } }), /not a field|missing/);
    },
  ],
  [
    "A person is tried as if they signed in again now the way they did last: with the same claims, second factor and address, as long after authenticating.",
    () => {
      const when = [
        { claim: "groups", equals: "sre" },
        { mfa: true },
        { cidr: ["192.0.2.0/24"] },
        { authAgeSeconds: 60 },
      ];
      const seen = { sourceIp: "192.0.2.7", authenticatedAt: NOON - DAY - 60 };
      assert.deepEqual(red([HAS], { rules: [{ when }], seen }), []);
      const others: readonly Partial<Identity>[] = [
        { claims: { groups: ["dev"] } },
        { mfa: "no" },
        { sourceIp: "198.51.100.1" },
        { authenticatedAt: NOON - DAY - 61 },
      ];
      for (const other of others)
        assert.match(red([HAS], { rules: [{ when }], seen: { ...seen, ...other } }).join(), /but wants/);
    },
  ],
  [
    "`at` says another moment than now.",
    () => {
      const when = [{ timeWindow: { zone: "UTC", from: "22:00", until: "23:00" } }, { authAgeSeconds: 60 }];
      const seen = { authenticatedAt: NOON - DAY - 60 };
      const late = { ...MIKA, at: "2026-11-22T22:30:00Z" };
      assert.deepEqual(red([HAS], { rules: [{ when }], seen, who: late }), []);
      assert.equal(red([HAS], { rules: [{ when }], seen }).length, 1);
      refuses(asTest({ who: { ...MIKA, at: "tonight" } }), /an instant with its zone/);
    },
  ],
  [
    "Somebody who did not sign in within `seenDays` is not made up: the test is red and says so.",
    () => {
      assert.match(
        red([{ ...HAS, granted: false }]).join(),
        /^error who.person This person did not sign in here within the last 90 days, so what they would get cannot be tried.$/,
      );
      heldBy(HELD, "somebody who did not come lately makes a test red")();
    },
  ],
  [
    "A broker that never saw anybody has nobody to try, so that a new one is begun without such tests.",
    heldBy(HELD, "a broker that never saw anybody takes no test of a person"),
  ],
  [
    "What is scheduled is tried again when it is due, on whom the broker remembers then.",
    heldBy("test/functions/scheduled.test.ts", "tries people again when it is due"),
  ],
  [
    '`accounts` and `roles` with `granted: false` mean none of these roles in these accounts, and `"*"` every role.',
    () => {
      const seen = {};
      assert.match(
        red([NONE], { seen }).join(),
        /expect.0 Admin in 111111111111 was expected not .* given by r0\.$/,
      );
      assert.deepEqual(red([NONE], { rules: [ONE_ACCOUNT], seen }), []);
      assert.deepEqual(red([{ ...NONE, accounts: ["ou:/staging"], roles: ["*"] }], { seen }), []);
      const wide = [{ grant: { roles: ["Admin"], accounts: ["ou:/prod/**"] } }, ONE_ACCOUNT];
      const all = red([{ ...NONE, roles: ["*"] }], { rules: wide, seen });
      assert.equal(all.length, 1);
      assert.match(all.join(), /So is it with \d more of these\.$/);
      const denied = [{}, { effect: "deny", grant: { roles: ["*"], accounts: ["ou:/**"] } }];
      assert.deepEqual(red([{ ...NONE, roles: ["*"] }], { rules: denied, seen }), []);
      refuses(
        asTest({ expect: [{ ...NONE, granted: true }] }),
        /expect.0.granted .*each role to be granted by itself/,
      );
      refuses(asTest({ expect: [{ ...NONE, roles: ["Adnim"] }] }), /no role Adnim/);
      assert.match(
        said(asTest({ expect: [{ ...NONE, accounts: ["ou:/x"] }] })),
        /^warning .*means no account/m,
      );
    },
  ],
  [
    "Only administrators may have a new test try a person; for whoever else plans, those that are published as they stand are tried.",
    heldBy(HELD, "whoever may not ask about others learns nothing of them by a test of their own"),
  ],
];
