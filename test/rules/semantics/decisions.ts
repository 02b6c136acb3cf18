import assert from "node:assert/strict";
import { connection, NOON } from "../things.ts";
import {
  ADMIN,
  blind,
  type Case,
  CONNECTIONS,
  ci,
  DENY,
  decided,
  given,
  groups,
  heldBy,
  okta,
  refuses,
  told,
  truth,
} from "./ask.ts";

const workload = { connection: "ci", kind: "workload" as const, claims: { groups: ["sre"] } };

/** What a decision is, what somebody could ask for, beginning and end, and who administers. */
export const DECISIONS: readonly Case[] = [
  [
    "A rule says: *people of this connection, of whom this holds, get these roles in these accounts.*",
    () => assert.deepEqual(given([{}]), ADMIN),
  ],
  ["Every sentence and every row of this page is a case in `test/rules/semantics`.", told],
  [
    "What no rule allows is refused.",
    () => {
      assert.deepEqual(given([]), []);
      assert.deepEqual(given([{ grant: { roles: ["ReadOnly"], accounts: ["111111111111"] } }]), [
        "111111111111/ReadOnly",
      ]);
    },
  ],
  [
    "Somebody whose connection is gone or switched off gets nothing.",
    () => {
      assert.deepEqual(given([{}], { connections: [] }), []);
      assert.deepEqual(given([{}], { connections: [connection("okta", { enabled: false })] }), []);
    },
  ],
  [
    "A rule speaks of the connections it names, and a group `sre` of another connection is another group.",
    () => {
      assert.deepEqual(given([{ connection: "entra" }]), []);
      assert.deepEqual(given([{ connection: ["entra", "okta"] }]), ADMIN);
    },
  ],
  [
    '`"*"` for the connection is for deny alone and means every connection of people; a workload is denied by naming its connection.',
    () => {
      refuses({ connection: "*" }, /`\*` is for deny alone/);
      assert.deepEqual(given([{}, { ...DENY, connection: "*" }]), []);
      const allowed = { connection: "ci" };
      assert.deepEqual(given([allowed, { ...DENY, connection: "*", when: [] }], { who: workload }), ADMIN);
      assert.deepEqual(given([allowed, { ...DENY, connection: "ci", when: [] }], { who: workload }), []);
    },
  ],
  [
    "Every condition is true, false or unknown.",
    () => {
      const mfa = (["yes", "no", "unknown"] as const).map((one) =>
        truth({ mfa: true }, { who: { mfa: one } }),
      );
      assert.deepEqual(mfa, ["true", "false", "unknown"]);
    },
  ],
  [
    "Unknown is a claim whose look-up failed, a claim the connection does not map, a claim mapped only after this person signed in, and what the provider did not say (`mfa`, `acr`, `amr`).",
    () => {
      const asked = { claim: "groups", equals: "sre" };
      assert.equal(truth(asked, { who: blind }), "unknown");
      assert.equal(truth({ claim: "team", equals: "x" }), "unknown");
      assert.equal(truth(asked, { who: { claims: {}, mapped: ["email"] } }), "unknown");
      assert.equal(truth({ mfa: true }, { who: { mfa: "unknown" } }), "unknown");
      assert.equal(truth({ claim: "acr", equals: "x" }), "unknown");
      assert.equal(truth({ claim: "amr", equals: "x" }, { who: { amr: [] } }), "unknown");
    },
  ],
  [
    "An allow gives when everything in `when` is true.",
    () => {
      const two = [{ claim: "groups", equals: "sre" }, { mfa: true }];
      assert.deepEqual(given([{ when: two }]), ADMIN);
      assert.deepEqual(given([{ when: two }], { who: { mfa: "no" } }), []);
      assert.deepEqual(given([{ when: two }], { who: { mfa: "unknown" } }), []);
      assert.deepEqual(given([{ when: [] }], { who: { claims: {} } }), ADMIN);
    },
  ],
  [
    "A deny takes away when everything in `when` is true or unknown: what cannot be ruled out counts.",
    () => {
      const deny = { ...DENY, when: [{ claim: "groups", equals: "left" }, { mfa: true }] };
      const everybody = { when: [] };
      assert.deepEqual(given([everybody, deny], { who: groups("left") }), []);
      assert.deepEqual(given([everybody, deny], { who: blind }), []);
      assert.deepEqual(given([everybody, deny], { who: groups("sre") }), ADMIN);
      assert.deepEqual(given([everybody, deny], { who: { ...blind, mfa: "no" } }), ADMIN);
    },
  ],
  [
    "A role is given when some allow gives it in that account and no deny covers it there.",
    () => {
      const both = { grant: { roles: ["Admin"], accounts: ["111111111111", "222222222222"] } };
      const elsewhere = { ...DENY, grant: { roles: ["Admin"], accounts: ["222222222222"] } };
      assert.deepEqual(given([both, elsewhere]), ADMIN);
      assert.deepEqual(
        decided([both, elsewhere]).denied.map(({ rules }) => rules),
        [["r1"]],
      );
      assert.deepEqual(given([{ ...both, when: [{ mfa: false }] }, both]), [...ADMIN, "222222222222/Admin"]);
    },
  ],
  [
    "The order of rules makes no difference.",
    heldBy("test/rules/rules.fuzz.test.ts", "neither the order of rules nor"),
  ],
  [
    "Where several allows give the same role, the one with the highest `priority` decides its `sessionSeconds`, `tags`, `sourceIdentity`, `policy`, `policyArns` and `scopes`; ties go to the first id.",
    () => {
      const policy = {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
      };
      const grant = { roles: ["Admin"], accounts: ["111111111111"] };
      const small = { grant: { ...grant, sessionSeconds: 900, tags: { a: "1" } } };
      const arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"];
      const more = {
        sessionSeconds: 1800,
        tags: { b: "2" },
        sourceIdentity: "x.{person}",
        policy,
        policyArns: arns,
        scopes: ["s"],
      };
      const [leading] = decided([small, { grant: { ...grant, ...more }, priority: 1 }]).roles;
      assert.deepEqual(leading, { accountId: "111111111111", role: "Admin", rules: ["r0", "r1"], ...more });
      assert.equal(decided([small, { grant: { ...grant, ...more } }]).roles[0]?.sessionSeconds, 900);
    },
  ],
  [
    "Roles are decided again at every use, by rules at most 5 seconds old.",
    () => {
      heldBy("test/http/rules-at-noon.test.ts", "a rule removed at noon gives nothing to the same session")();
      heldBy("test/store/rules-reading.test.ts", "HEAD is read at most every five seconds")();
    },
  ],
  [
    "An eligible rule says what somebody could ask for, and gives nothing.",
    () => assert.deepEqual(given([{ effect: "eligible" }]), []),
  ],
  [
    "A decision lists such roles apart, with the rules, where everything in `when` is true.",
    () => {
      const place = { accountId: "111111111111", role: "Admin", rules: ["r0"] };
      assert.deepEqual(decided([{ effect: "eligible" }]).eligible, [place]);
      assert.deepEqual(decided([{ effect: "eligible" }], { who: groups("dev") }).eligible, []);
      assert.deepEqual(decided([{ effect: "eligible" }], { who: blind }).eligible, []);
    },
  ],
  [
    "A role that is given already is not among them, and neither is one that a deny covers.",
    () => {
      assert.deepEqual(decided([{ effect: "eligible" }, {}]).eligible, []);
      const covered = decided([{ effect: "eligible" }, { ...DENY, when: [{ claim: "team", equals: "x" }] }]);
      assert.deepEqual([covered.eligible, covered.denied], [[], []]);
    },
  ],
  [
    "Nobody can ask to administer the broker.",
    () => {
      refuses({ effect: "eligible", grant: { broker: ["admin"] } }, /Nobody can ask/);
      assert.deepEqual(decided([{ effect: "eligible", grant: { broker: ["admin"] } }]).broker, []);
    },
  ],
  [
    "Before `from`, and from `until` on, a rule does nothing: an allow gives nothing, and a deny takes nothing away.",
    () => {
      const span = { from: "2026-11-22T11:00:00Z", until: "2026-11-22T12:00:00Z" };
      const at = (now: number) => [given([span], { now }), given([{}, { ...DENY, ...span }], { now })];
      assert.deepEqual(at(NOON - 3601), [[], ADMIN]);
      assert.deepEqual(at(NOON - 3600), [ADMIN, []]);
      assert.deepEqual(at(NOON - 1), [ADMIN, []]);
      assert.deepEqual(at(NOON), [[], ADMIN]);
      assert.deepEqual(given([{}, { ...DENY, ...span, when: [{ claim: "team", exists: true }] }]), ADMIN);
    },
  ],
  [
    "Both are an instant with its zone, as `2026-12-31T18:00:00+09:00`, or a day, which counts whole, in UTC.",
    () => {
      const until = Date.parse("2026-12-31T18:00:00+09:00") / 1000;
      const end = { until: "2026-12-31T18:00:00+09:00" };
      assert.deepEqual([given([end], { now: until - 1 }), given([end], { now: until })], [ADMIN, []]);
      const day = { from: "2026-11-22", until: "2026-11-22" };
      const midnight = NOON - 43_200;
      const seen = [-1, 0, 86_399, 86_400].map((after) => given([day], { now: midnight + after }).length);
      assert.deepEqual(seen, [0, 1, 1, 0]);
      refuses({ until: "2026-12-31T18:00:00" }, /with its zone/);
      refuses({ until: "2026-02-30" }, /until/);
    },
  ],
  [
    "The explanation shows the end as a condition that does not hold.",
    () => {
      const { reasons } = decided([{ until: "2026-11-21" }]);
      assert.deepEqual(reasons[0]?.conditions[0], {
        condition: "until 2026-11-22T00:00:00Z",
        truth: "false",
      });
    },
  ],
  [
    "`plan` warns of a rule that has ended, and of a deny that ends within 30 days, because what it takes away is given again.",
    () => {
      heldBy("test/rules/lint-language.test.ts", "a rule that has ended")();
      heldBy("test/rules/lint-language.test.ts", "a deny about to end")();
    },
  ],
  [
    "`grant: { broker: [admin] }` is decided like everything else.",
    () => {
      assert.deepEqual(decided([{ grant: { broker: ["admin"] } }]).broker, ["admin"]);
      assert.deepEqual(decided([{ grant: { broker: ["admin"] } }], { who: groups("dev") }).broker, []);
    },
  ],
  [
    "A deny with it takes the right away.",
    () => {
      const rules = [
        { grant: { broker: ["admin"] } },
        { effect: "deny", when: [], grant: { broker: ["admin"] } },
      ];
      assert.deepEqual(decided(rules).broker, []);
    },
  ],
  [
    "The first administrator is named when the broker is deployed (`SEKISHO_FIRST_ADMIN`) and needs no rule.",
    heldBy("test/functions/admin.security.test.ts", "the first administrator is, without any rule"),
  ],
  [
    "A change after which its author would no longer be an administrator is refused.",
    heldBy("test/functions/admin.test.ts", "cannot lock themselves out, by plan or by apply"),
  ],
  [
    "The way back in is `sekisho recover`, for whoever may invoke the admin function by IAM.",
    heldBy("test/functions/admin.test.ts", "gives one person administration by a rule of its own"),
  ],
];

// A connection of each kind stands in the world that these cases are decided in.
assert.deepEqual(
  CONNECTIONS.map(({ id }) => id),
  [okta.id, "entra", ci.id],
);
