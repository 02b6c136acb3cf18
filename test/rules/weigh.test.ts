import assert from "node:assert/strict";
import test from "node:test";
import { flagsOf, type Impact, joinImpacts, type Move } from "../../lib/core/impact.ts";
import type { Configuration } from "../../lib/core/objects.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { diff } from "../../lib/rules/diff.ts";
import { sideOf } from "../../lib/rules/side.ts";
import { scalesOf } from "../../lib/rules/weigh.ts";
import { ACCOUNTS, connection, role, rule } from "./things.ts";

const configured = (rules: Configuration["rules"]): Configuration => ({
  connections: [connection("okta")],
  accounts: ACCOUNTS,
  roles: [role("Admin"), role("ReadOnly")],
  rules,
  scopes: [],
  tests: [],
  invariants: [],
  settings: DEFAULT_SETTINGS,
});
const weigh = (
  before: Configuration["rules"],
  after: Configuration["rules"],
  moves: readonly Move[] = [],
) => {
  const scales = scalesOf(diff(before, after), sideOf(configured(before)), sideOf(configured(after)));
  return [...scales.rules, ...scales.of(moves)].map(
    ({ code, about, people }) => `${code} ${about} ${people}`,
  );
};
const move = (more: Partial<Move>): Move => ({
  personId: "P1",
  connection: "okta",
  gained: [],
  lost: [],
  before: 1,
  after: 1,
  ...more,
});
const SRE = rule("sre");
const DENY = rule("no", { effect: "deny" });

test("a deny that is gone, or became something else, is pointed out; one that is written otherwise is not", () => {
  assert.deepEqual(weigh([SRE, DENY], [SRE]), ["deny_removed no 0"]);
  assert.deepEqual(weigh([SRE, DENY], [SRE, rule("no")]), ["deny_removed no 0"]);
  assert.deepEqual(weigh([SRE, DENY], [SRE, { ...DENY, when: [] }]), []);
});

test("a fresh rule that asks for no claim is pointed out, whatever it asks besides", () => {
  for (const when of [[], [{ mfa: true }], [{ any: [{ claim: "groups", equals: "a" }, { mfa: true }] }]])
    assert.deepEqual(weigh([SRE], [SRE, rule("all", { when })]), ["matches_everybody all 0"]);
  assert.deepEqual(weigh([rule("all", { when: [] })], [rule("all", { when: [] })]), []);
  assert.deepEqual(weigh([SRE], [SRE, rule("no", { when: [], effect: "deny" })]), []);
});

test("the first rule of an account is pointed out, with the people it reaches", () => {
  const dev = rule("dev", { grant: { roles: ["Admin"], accounts: ["222222222222"] } });
  const gained = move({ gained: ["222222222222/Admin", "222222222222/ReadOnly"] });
  assert.deepEqual(weigh([SRE], [SRE, dev], [gained]), [
    "first_grant_of_account 222222222222 0",
    "first_grant_of_account 222222222222 1",
  ]);
  assert.deepEqual(
    weigh([SRE, dev], [SRE, { ...dev, when: [{ claim: "groups", equals: "x" }] }], [gained]),
    [],
  );
});

test("an administrator of production, a right on the broker and a last role weigh", () => {
  const seen = weigh(
    [SRE],
    [SRE],
    [
      move({ gained: ["111111111111/Admin", "222222222222/Admin", "444444444444/ReadOnly"] }),
      move({ personId: "P2", gained: ["111111111111/Admin", "broker/auditor"] }),
      move({ personId: "P3", lost: ["111111111111/Admin"], after: 0 }),
    ],
  );
  assert.deepEqual(seen, [
    "new_admin_on_prod 111111111111/Admin 2",
    "gains_broker_right broker/auditor 1",
    "loses_last_role  1",
  ]);
});

const impact = (more: Partial<Impact>): Impact => ({
  replayed: 10,
  administrators: { before: 1, after: 1 },
  moves: [],
  flags: [],
  many: 2,
  ...more,
});
const codes = (one: Impact) => flagsOf(one).map(({ code }) => code);

test("that nobody would administer is said of the whole alone", () => {
  const none = impact({ administrators: { before: 1, after: 0 } });
  assert.deepEqual(codes(none), ["nobody_administers"]);
  assert.deepEqual(codes({ ...none, cursor: "7" }), []);
  assert.deepEqual(codes(joinImpacts({ ...none, cursor: "7" }, impact({}))), []);
  assert.deepEqual(codes(impact({ administrators: { before: 0, after: 0 } })), []);
});

test("parts of a replay are together what the whole would have been", () => {
  const gains = (personId: string) => move({ personId, gained: ["1/A"] });
  const flag = { code: "new_admin_on_prod", weight: "high", about: "1/A", people: 2 } as const;
  const first = impact({
    moves: [gains("P1"), gains("P2")],
    flags: [{ ...flag, examples: ["P1", "P2"] }],
    cursor: "7",
    of: 20,
  });
  const whole = joinImpacts(
    first,
    impact({ moves: [gains("P3")], flags: [{ ...flag, people: 1, examples: ["P3"] }] }),
  );
  assert.deepEqual(
    { replayed: whole.replayed, cursor: whole.cursor, of: whole.of, moves: whole.moves.length },
    { replayed: 20, cursor: undefined, of: undefined, moves: 3 },
  );
  assert.deepEqual(flagsOf(whole), [
    { code: "many_gain", weight: "high", about: "", people: 3, examples: ["P1", "P2", "P3"] },
    { ...flag, people: 3, examples: ["P1", "P2", "P3"] },
  ]);
});
