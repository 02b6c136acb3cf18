import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { conditionSentence, sentenceOf } from "../../lib/rules/sentence.ts";
import { rules } from "./arbitrary.ts";
import { rule } from "./things.ts";

const names = {
  connection: (id: string) => (id === "okta" ? "Okta" : id),
  account: (id: string) => (id === "111111111111" ? "prod" : id),
};
const sre = { claim: "groups", equals: "sre" };

const rows: readonly [more: object, en: string, ja: string][] = [
  [
    { when: [sre, { mfa: true }] },
    "People of Okta whose groups include sre and who used a second factor get Admin in prod.",
    "Oktaの利用者のうち、groups に「sre」を含む、かつ二要素認証を済ませた人は、アカウント prodで Admin を使える。",
  ],
  [
    {
      when: [],
      connection: ["okta", "entra"],
      grant: { roles: ["ReadOnly"], accounts: ["ou:/**"], sessionSeconds: 3600 },
    },
    "All people of Okta or entra get ReadOnly in every account, for at most 1 hour.",
    "Oktaまたはentraの全員は、すべてのアカウントで ReadOnly を使える(1回1時間まで)。",
  ],
  [
    {
      connection: "*",
      effect: "deny",
      when: [{ claim: "groups", startsWith: "contractor-" }],
      grant: { roles: ["*"], accounts: ["ou:/prod/**"] },
    },
    "People of every connection whose groups include something beginning with contractor- never get any role in accounts in or below /prod.",
    "どの接続でも、groups に「contractor-」で始まる値を含む人は、/prod 以下のアカウントでどのロールも使えない。",
  ],
  [
    {
      effect: "eligible",
      until: "2026-12-31",
      grant: { roles: ["Admin", "ReadOnly"], accounts: ["111111111111", "tag:env=prod"] },
    },
    "Until 2026-12-31: People of Okta whose groups include sre may ask for Admin and ReadOnly in prod and accounts tagged env=prod.",
    "2026-12-31まで、Oktaの利用者のうち、groups に「sre」を含む人は、アカウント prod、タグ「env=prod」のアカウントで Admin、ReadOnly を申請できる。",
  ],
  [
    {
      when: [{ claim: "groups", template: "aws_{account:digits}_{role:name}" }],
      grant: { roles: ["{role}"], accounts: ["{account}"] },
    },
    "People of Okta whose groups include something of the form aws_{account:digits}_{role:name} get the role named in {role} in the account named in {account}.",
    "Oktaの利用者のうち、groups に「aws_{account:digits}_{role:name}」の形の値を含む人は、{account}が示すアカウントで {role}が示すロール を使える。",
  ],
  [
    {
      grant: {
        roles: ["ReadOnly"],
        accounts: ["111111111111"],
        sessionSeconds: 900,
        scopes: ["s3-read", "logs"],
        policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
      },
    },
    "People of Okta whose groups include sre get ReadOnly in prod, for at most 15 minutes, only within the scope s3-read or logs, narrowed by a session policy.",
    "Oktaの利用者のうち、groups に「sre」を含む人は、アカウント prodで ReadOnly を使える(1回15分まで、スコープ s3-readまたはlogs の範囲に限る、セッションポリシーで限定)。",
  ],
  [
    { when: [], connection: "*", effect: "deny", grant: { roles: ["*"], accounts: ["ou:/prod/**"] } },
    "All people of every connection never get any role in accounts in or below /prod.",
    "どの接続の利用者も、/prod 以下のアカウントでどのロールも使えない。",
  ],
  [
    { shadow: true },
    "In shadow: People of Okta whose groups include sre get Admin in prod.",
    "試行中(効力なし): Oktaの利用者のうち、groups に「sre」を含む人は、アカウント prodで Admin を使える。",
  ],
  [
    { shadow: true, effect: "deny", connection: "*", from: "2026-12-01", until: "2026-12-31" },
    "In shadow, from 2026-12-01 until 2026-12-31: People of every connection whose groups include sre never get Admin in prod.",
    "試行中(効力なし): 2026-12-01から2026-12-31まで、どの接続でも、groups に「sre」を含む人は、アカウント prodで Admin を使えない。",
  ],
  [
    { grant: { broker: ["admin"] } },
    "People of Okta whose groups include sre administer the broker.",
    "Oktaの利用者のうち、groups に「sre」を含む人は、ブローカーを管理できる。",
  ],
  [
    {
      when: [
        { not: { any: [sre, { claim: "groups", in: ["a", "b", "c d"] }] } },
        { any: [{ mfa: true }, { network: "office" }] },
      ],
    },
    'People of Okta (whose groups do not include sre and whose groups do not include a, b or "c d") and (who used a second factor or who come from the network office) get Admin in prod.',
    "Oktaの利用者のうち、(groups に「sre」を含まない、かつgroups に「a」「b」「c d」のいずれかを含まない)、かつ(二要素認証を済ませた、またはネットワーク「office」から接続している)人は、アカウント prodで Admin を使える。",
  ],
  [
    { grant: { broker: ["editor"], connections: ["okta"], accounts: ["ou:/prod/**"] } },
    "People of Okta whose groups include sre edit the broker's configuration within connection Okta and accounts in or below /prod.",
    "Oktaの利用者のうち、groups に「sre」を含む人は、接続 Okta、/prod 以下のアカウントの範囲でブローカーの設定を編集できる。",
  ],
  [
    { effect: "deny", grant: { broker: ["auditor"] } },
    "People of Okta whose groups include sre never read the broker's configuration and trail.",
    "Oktaの利用者のうち、groups に「sre」を含む人は、ブローカーの設定と記録を閲覧できない。",
  ],
];
for (const [more, en, ja] of rows)
  test(`a rule is said so: ${en}`, () => {
    assert.equal(sentenceOf(rule("r", more), "en", names), en);
    assert.equal(sentenceOf(rule("r", more), "ja", names), ja);
  });

const conditions: readonly [condition: Parameters<typeof conditionSentence>[0], en: string, ja: string][] = [
  [
    { claim: "level", number: { atLeast: 3, below: 5 } },
    "who have a level that is at least 3 and below 5",
    "level が 3 以上かつ 5 未満である",
  ],
  [
    { not: { claim: "level", number: { above: 3, atMost: 5 } } },
    "who have no level that is above 3 and at most 5",
    "level が 3 超かつ 5 以下でない",
  ],
  [{ claim: "groups", exists: false }, "who have no groups", "groups がない"],
  [{ claim: "subject", equals: "00u1" }, "whose subject is 00u1", "subject が「00u1」である"],
  [{ not: { claim: "kind", equals: "workload" } }, "whose kind is not workload", "kind が「workload」でない"],
  [
    { claim: "groups", endsWith: "-x" },
    "whose groups include something ending in -x",
    "groups に「-x」で終わる値を含む",
  ],
  [
    { claim: "groups", glob: "a*" },
    "whose groups include something like a*",
    "groups に「a*」に当てはまる値を含む",
  ],
  [
    { claim: "groups", regex: "a|b" },
    "whose groups include something matching a|b",
    "groups に正規表現「a|b」に合う値を含む",
  ],
  [
    { acr: { atLeast: "urn:high" } },
    "whose authentication was at least urn:high",
    "認証の強さが「urn:high」以上である",
  ],
  [
    { not: { authAgeSeconds: 900 } },
    "who signed in more than 15 minutes ago",
    "サインインから15分を超えて経過した",
  ],
  [{ authAgeSeconds: 61 }, "who signed in at most 61 seconds ago", "サインインから61秒以内である"],
  [
    { not: { cidr: ["192.0.2.0/24", "198.51.100.0/24"] } },
    "who do not come from 192.0.2.0/24 or 198.51.100.0/24",
    "192.0.2.0/24、198.51.100.0/24以外から接続している",
  ],
  [
    { timeWindow: { zone: "Asia/Tokyo", from: "22:00", until: "06:00", days: ["fri", "sat"] } },
    "between 22:00 and 06:00 Asia/Tokyo on Fridays and Saturdays",
    "時刻が22:00〜06:00(Asia/Tokyo、金・土曜)である",
  ],
  [
    { claim: "groups", equals: "a\u202eb" },
    'whose groups include "a\\u{202e}b"',
    "groups に「a\\u{202e}b」を含む",
  ],
];
for (const [condition, en, ja] of conditions)
  test(`a condition is said so: ${en}`, () => {
    assert.equal(conditionSentence(condition, "en"), en);
    assert.equal(conditionSentence(condition, "ja"), ja);
  });

test("every rule can be said in both languages, in one line", () => {
  fc.assert(
    fc.property(rules, (all) => {
      for (const one of all) {
        assert.match(sentenceOf(one, "en", names), /^[A-Z].+\.$/u);
        assert.match(sentenceOf(one, "ja", names), /^.+。$/u);
      }
    }),
    { numRuns: 200 },
  );
});
