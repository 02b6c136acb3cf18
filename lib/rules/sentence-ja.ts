import type { Rule } from "../core/rule.ts";
import { visible } from "./lint-texts.ts";
import type { Leaf, Names, Phrasing } from "./sentence.ts";
import { SINGLE } from "./sentence-values.ts";

type ClaimLeaf = Extract<Leaf, { claim: string }>;

const quoted = (value: string): string => `「${visible(value)}」`;
const listed = (values: readonly string[]): string => values.join("、");

function leaf(condition: Leaf, negated: boolean): string {
  if ("claim" in condition) return claimLeaf(condition, negated);
  if ("mfa" in condition)
    return condition.mfa !== negated ? "二要素認証を済ませた" : "二要素認証を済ませていない";
  if ("authAgeSeconds" in condition)
    return `サインインから${duration(condition.authAgeSeconds)}${negated ? "を超えて経過した" : "以内である"}`;
  if ("acr" in condition)
    return `認証の強さが${quoted(condition.acr.atLeast)}${negated ? "に満たない" : "以上である"}`;
  return surroundings(condition, negated);
}

type Surroundings = Extract<Leaf, { cidr: unknown } | { network: unknown } | { timeWindow: unknown }>;

function surroundings(condition: Surroundings, negated: boolean): string {
  const from = `${negated ? "以外" : ""}から接続している`;
  if ("cidr" in condition) return `${listed(condition.cidr)}${from}`;
  if ("network" in condition) return `ネットワーク${quoted(condition.network)}${from}`;
  const { timeWindow: window } = condition;
  const on = window.days === undefined ? "" : `、${window.days.map((day) => DAYS[day]).join("・")}曜`;
  return `時刻が${window.from}〜${window.until}(${window.zone}${on})${negated ? "でない" : "である"}`;
}

const DAYS = { mon: "月", tue: "火", wed: "水", thu: "木", fri: "金", sat: "土", sun: "日" } as const;

function claimLeaf(condition: ClaimLeaf, negated: boolean): string {
  const { claim } = condition;
  if ("exists" in condition) return `${claim} が${condition.exists !== negated ? "ある" : "ない"}`;
  if ("number" in condition) return `${claim} が ${bounds(condition.number)}${negated ? "でない" : "である"}`;
  if (SINGLE.includes(claim)) return `${claim} が${wanted(condition)}${negated ? "でない" : "である"}`;
  return `${claim} に${wanted(condition)}${negated ? "を含まない" : "を含む"}`;
}

function wanted(condition: Exclude<ClaimLeaf, { exists: boolean } | { number: unknown }>): string {
  if ("equals" in condition) return quoted(condition.equals);
  if ("in" in condition)
    return condition.in.length === 1
      ? condition.in.map(quoted).join("")
      : `${condition.in.map(quoted).join("")}のいずれか`;
  if ("startsWith" in condition) return `${quoted(condition.startsWith)}で始まる値`;
  if ("endsWith" in condition) return `${quoted(condition.endsWith)}で終わる値`;
  if ("glob" in condition) return `${quoted(condition.glob)}に当てはまる値`;
  if ("template" in condition) return `${quoted(condition.template)}の形の値`;
  return `正規表現${quoted(condition.regex)}に合う値`;
}

function bounds({ atLeast, above, atMost, below }: Extract<Leaf, { number: unknown }>["number"]): string {
  const low = atLeast === undefined ? (above === undefined ? [] : [`${above} 超`]) : [`${atLeast} 以上`];
  const high = atMost === undefined ? (below === undefined ? [] : [`${below} 未満`]) : [`${atMost} 以下`];
  return [...low, ...high].join("かつ ");
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "日"],
  [3600, "時間"],
  [60, "分"],
  [1, "秒"],
];

function duration(seconds: number): string {
  const [size, name] = UNITS.find(([unit]) => seconds % unit === 0) ?? [1, "秒"];
  return `${seconds / size}${name}`;
}

const place = (selector: string, { account }: Names): string => {
  if (selector.startsWith("{")) return `${selector}が示すアカウント`;
  if (selector.startsWith("tag:")) return `タグ${quoted(selector.slice(4))}のアカウント`;
  if (!selector.startsWith("ou:")) return `アカウント ${account(selector)}`;
  const unit = selector.slice(3);
  if (unit === "/**") return "すべてのアカウント";
  return unit.endsWith("/**") ? `${unit.slice(0, -3)} 以下のアカウント` : `${unit} 直下のアカウント`;
};

const ENDINGS = {
  allow: { roles: "を使える", broker: "できる" },
  deny: { roles: "を使えない", broker: "できない" },
  eligible: { roles: "を申請できる", broker: "できるよう申請できる" },
} as const;

const RIGHTS = {
  admin: "ブローカーを管理",
  editor: "ブローカーの設定を編集",
  auditor: "ブローカーの設定と記録を閲覧",
} as const;

/** Rights on the broker; an editor may be bounded to connections and to accounts. */
function rights(
  { effect, grant: { broker = [], roles, accounts = [], connections = [] } }: Rule,
  names: Names,
) {
  const bounds = [
    ...connections.map((one) => `接続 ${names.connection(one)}`),
    ...(roles === undefined ? accounts.map((one) => place(one, names)) : []),
  ];
  const within = bounds.length === 0 ? "" : `${listed(bounds)}の範囲で`;
  return broker.map((right) => `${within}${RIGHTS[right]}${ENDINGS[effect].broker}`);
}

/** What makes a session less than its role. */
function narrowed({ sessionSeconds, scopes = [], policy, policyArns = [] }: Rule["grant"]): string {
  const isWhole = policy === undefined && policyArns.length === 0;
  const limits = [
    ...(sessionSeconds === undefined ? [] : [`1回${duration(sessionSeconds)}まで`]),
    ...(scopes.length === 0 ? [] : [`スコープ ${scopes.join("または")} の範囲に限る`]),
    ...(isWhole ? [] : ["セッションポリシーで限定"]),
  ];
  return limits.length === 0 ? "" : `(${listed(limits)})`;
}

function given(one: Rule, names: Names): string {
  const { effect, grant } = one;
  const { roles = [], accounts = [] } = grant;
  const where = `${listed(accounts.map((selector) => place(selector, names)))}で`;
  const what = listed(roles.map((role) => (role.startsWith("{") ? `${role}が示すロール` : role)));
  const some = roles.includes("*")
    ? "どのロールも使えない"
    : ` ${what} ${ENDINGS[effect].roles}${narrowed(grant)}`;
  return [...(roles.length === 0 ? [] : [`${where}${some}`]), ...rights(one, names)].join("。また、");
}

function rule(one: Rule, conditions: readonly string[], names: Names): string {
  const ids = typeof one.connection === "string" ? [one.connection] : one.connection;
  const isAny = ids.includes("*");
  const whose = isAny ? "どの接続" : ids.map(names.connection).join("または");
  const span = `${one.from === undefined ? "" : `${one.from}から`}${one.until === undefined ? "" : `${one.until}まで`}`;
  const who =
    conditions.length === 0
      ? `${whose}の${isAny ? "利用者も、" : "全員は、"}`
      : `${whose}${isAny ? "でも" : "の利用者のうち"}、${conditions.join("、かつ")}人は、`;
  const shadow = one.shadow ? "試行中(効力なし): " : "";
  return `${shadow}${span === "" ? "" : `${span}、`}${who}${given(one, names)}。`;
}

/** A rule in Japanese. */
export const japanese: Phrasing = {
  leaf,
  join: (phrases, word) => phrases.join(word === "and" ? "、かつ" : "、または"),
  group: (phrase) => `(${phrase})`,
  rule,
};
