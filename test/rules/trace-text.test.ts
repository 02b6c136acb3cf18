import assert from "node:assert/strict";
import test, { describe } from "node:test";
import type { Identity } from "../../lib/core/identity.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { compileRule } from "../../lib/rules/compile.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { traceOf } from "../../lib/rules/trace.ts";
import { traceText } from "../../lib/rules/trace-text.ts";
import { connection, NOON, person, rule, world } from "./things.ts";

interface Asked {
  readonly who?: Partial<Identity>;
  readonly sourceIp?: string;
  readonly account?: string;
}

const WORLD = {
  ...world([connection("okta"), connection("entra", { enabled: false })]),
  settings: { ...DEFAULT_SETTINGS, networks: { office: ["192.0.2.0/24"] } },
};

/** What both languages say, by rules written as what differs from an allow of Admin to group `sre`. */
function said(rules: readonly object[], { who = {}, sourceIp, account = "111111111111" }: Asked = {}) {
  const compiled = rules.map((one, index) => {
    const whole = rule(`r${index}`, one);
    return { ...compileRule(whole), ...(whole.owner === undefined ? {} : { owner: whole.owner }) };
  });
  const at = { now: NOON, ...(sourceIp === undefined ? {} : { sourceIp }) };
  const identity = person(who);
  const decision = decide(identity, compiled, WORLD, at);
  const trace = traceOf(decision, identity, compiled, WORLD, at, { accountId: account, role: "Admin" });
  return { en: traceText(trace, "en", "the desk"), ja: traceText(trace, "ja", "窓口") };
}

const when = (...conditions: readonly object[]) => ({ when: conditions });
const group = (equals: string) => ({ claim: "groups", equals });
const CLOSED = { timeWindow: { zone: "Asia/Tokyo", from: "09:00", until: "18:00" } };
const OUTSIDE = { sourceIp: "198.51.100.1" };

const rows: readonly [what: string, rules: readonly object[], asked: Asked, en: string, ja: string][] = [
  [
    "one group",
    [when(group("aws-prod"))],
    {},
    "one group away: `aws-prod`. Ask the desk to be given what is missing.",
    "あとグループ1つ: 「aws-prod」。 窓口 に、足りないものを与えてもらってください。",
  ],
  [
    "two groups",
    [when(group("a"), group("b"))],
    {},
    "2 groups away: `a`, `b`. Ask the desk to be given what is missing.",
    "あとグループ2つ: 「a」、「b」。 窓口 に、足りないものを与えてもらってください。",
  ],
  [
    "a second factor",
    [when({ mfa: true })],
    { who: { mfa: "no" } },
    "a second factor away. Sign in again with a second factor.",
    "あとは二要素認証だけです。 二要素認証でサインインし直してください。",
  ],
  [
    "another time",
    [when(CLOSED)],
    {},
    "outside the time window, opens at 2026-11-23 09:00 Asia/Tokyo. Wait until 2026-11-23 09:00 Asia/Tokyo.",
    "時間外です。次は 2026-11-23 09:00 (Asia/Tokyo) に始まります。 2026-11-23 09:00 (Asia/Tokyo) までお待ちください。",
  ],
  [
    "another network",
    [when({ network: "office" })],
    OUTSIDE,
    "only from the network office. Come from a network that the rule names.",
    "ネットワーク「office」からだけ使えます。 ルールの示すネットワークから接続してください。",
  ],
  [
    "groups that were not looked up",
    [when(group("sre"))],
    { who: { claims: {}, unknown: ["groups"] } },
    "`groups` could not be looked up at the last sign-in. Sign in again.",
    "groups は前回のサインインで調べられませんでした。 サインインし直してください。",
  ],
  [
    "a claim that the connection does not read",
    [when({ claim: "team", equals: "a" })],
    {},
    "`team` is not read by this connection. Ask the desk to look at rule r0.",
    "team はこの接続では読み取りません。 窓口 に、ルール r0 の確認を頼んでください。",
  ],
  [
    "a rule that has ended, and whose owner knows why",
    [{ until: "2026-11-20", owner: "ops" }],
    {},
    "it ended on 2026-11-21T00:00:00Z. Ask ops to look at rule r0.",
    "2026-11-21T00:00:00Z に終わりました。 ops に、ルール r0 の確認を頼んでください。",
  ],
  [
    "a rule that has not begun",
    [{ from: "2026-11-30" }],
    {},
    "it begins on 2026-11-30T00:00:00Z. Wait until 2026-11-30T00:00:00Z.",
    "2026-11-30T00:00:00Z に始まります。 2026-11-30T00:00:00Z までお待ちください。",
  ],
  [
    "a group and a second factor",
    [when(group("x"), { mfa: true })],
    { who: { mfa: "no" } },
    "2 things away: the group `x`; a second factor. Ask the desk to be given what is missing. Sign in again with a second factor.",
    "あと2つ: グループ「x」が必要です、二要素認証が必要です。 窓口 に、足りないものを与えてもらってください。 二要素認証でサインインし直してください。",
  ],
  [
    "a value that is too much",
    [when({ not: group("sre") })],
    {},
    "only for people whose groups do not include sre. Ask the desk about it.",
    "groups に「sre」を含まない人だけが対象です。 窓口 に相談してください。",
  ],
];

describe("the nearest miss and the next step, in both languages", () => {
  for (const [what, rules, asked, en, ja] of rows)
    test(what, () => {
      const told = said(rules, asked);
      const line = ({ nearest = "", next }: (typeof told)["en"]) =>
        [nearest.replace(/^.*?(?:r0(?: \(ask \w+\))?|r0(?:\(担当: \w+\))?): /, ""), ...next].join(" ");
      assert.equal(line(told.en), en);
      assert.equal(line(told.ja), ja);
    });
});

describe("the headline", () => {
  const headlines: readonly [what: string, rules: readonly object[], asked: Asked, en: RegExp, ja: RegExp][] =
    [
      ["a role that is given", [{}], {}, /: granted\.$/, /: 使えます。$/],
      [
        "until when",
        [{ until: "2026-12-31" }],
        {},
        /granted, until 2027-01-01T00:00:00Z\.$/,
        /使えます\(2027-01-01T00:00:00Z まで\)。$/,
      ],
      [
        "a role that may be asked for",
        [{ effect: "eligible" }],
        {},
        /may be asked for\.$/,
        /申請できます。$/,
      ],
      [
        "a role that is taken away",
        [{}, { effect: "deny", connection: "*" }],
        {},
        /a rule takes it away\.$/,
        /取り上げる/,
      ],
      [
        "an account that is not there",
        [{}],
        { account: "999999999999" },
        /not configured\.$/,
        /登録されていません。$/,
      ],
      [
        "a connection that is off",
        [{}],
        { who: { connection: "entra" } },
        /switched off\.$/,
        /止められています。$/,
      ],
    ];
  for (const [what, rules, asked, en, ja] of headlines)
    test(`tells ${what}`, () => {
      const told = said(rules, asked);
      assert.match(told.en.headline, en);
      assert.match(told.ja.headline, ja);
    });
});

test("a deny that a second factor lifts says so, and whom to ask otherwise", () => {
  const taking = { effect: "deny", connection: "*", when: [{ not: { mfa: true } }], owner: "security" };
  const { en } = said([{}, taking], { who: { mfa: "unknown" } });
  assert.equal(en.nearest, "Rule r1 takes it away (ask security). What would lift it: a second factor.");
  assert.deepEqual(en.next, ["Sign in again with a second factor."]);
  const always = said([{}, { ...taking, when: [] }]).en;
  assert.deepEqual(always.next, ["Ask security."]);
});

const trials: readonly [what: string, rule: object, en: string, ja: string][] = [
  ["an allow that would give", {}, "would give it", "与える"],
  ["an allow that would not", when(group("x")), "would not apply", "当てはまらない"],
  ["a deny that would take away", { effect: "deny" }, "would take it away", "取り上げる"],
  ["a rule that would let ask", { effect: "eligible" }, "would let ask for it", "申請を認める"],
];
for (const [what, one, en, ja] of trials)
  test(`a rule in shadow is told as doing nothing, and what it would do by itself: ${what}`, () => {
    const told = said([when(group("y")), { ...one, shadow: true }]);
    const titles = (text: (typeof told)["en"]) => text.rules.map(({ title }) => title);
    const { effect = "allow" } = one as { effect?: string };
    assert.ok(
      titles(told.en).includes(`Rule r1 (${effect}) is in shadow and does nothing: by itself it ${en}`),
    );
    assert.ok(titles(told.ja).some((title) => title.endsWith(`試行中で効力なし。有効なら${ja}`)));
  });

test("a rule in shadow is never the nearest miss, however little is missing of it", () => {
  const { en } = said([when(group("a"), group("b")), { ...when({ mfa: true }), shadow: true }], {
    who: { mfa: "no" },
  });
  assert.equal(en.nearest, "Nearest is rule r0: 2 groups away: `a`, `b`.");
  assert.equal(said([{ ...when(group("a")), shadow: true }]).en.nearest, undefined);
});

test("whoever no rule could give the role to is told whom to ask", () => {
  const { en, ja } = said([]);
  assert.deepEqual([en.next, ja.next], [["Ask the desk."], ["窓口 に相談してください。"]]);
});

test("what was received is told as people read it, and nothing in it drives a page or a terminal", () => {
  const { en, ja } = said([], { who: { claims: { groups: ["a\u202eb", "c"] }, unknown: ["costCenter"] } });
  assert.ok(en.claims.includes("groups: a\\u{202e}b, c"));
  assert.ok(en.claims.includes("authenticatedAt: 2026-11-22T11:59:00Z"));
  assert.ok(en.claims.includes("costCenter: nothing (could not be looked up at the last sign-in)"));
  assert.ok(ja.claims.includes("costCenter: なし(前回のサインインで調べられませんでした)"));
});

test("of hundreds of groups the first twenty are listed and the others counted: they do not bury the answer", () => {
  const groups = Array.from({ length: 250 }, (_, index) => `g${index}`);
  const { en, ja } = said([], { who: { claims: { groups } } });
  assert.ok(en.claims.includes(`groups: ${groups.slice(0, 20).join(", ")}, 230 more`));
  assert.ok(ja.claims.includes(`groups: ${groups.slice(0, 20).join("、")}、ほか 230 件`));
  const { en: few } = said([], { who: { claims: { groups: groups.slice(0, 20) } } });
  assert.ok(few.claims.includes(`groups: ${groups.slice(0, 20).join(", ")}`));
});
