import { toInstant } from "../core/time.ts";
import { visible } from "./lint-texts.ts";
import type { Missing, WhyUnknown } from "./missing.ts";
import { conditionSentence } from "./sentence.ts";
import type { Considered, Trace } from "./trace.ts";
import type { TraceWords } from "./trace-text.ts";
import { firstOf, momentIn, onlyGroups, saidOf } from "./trace-values.ts";

const OUTCOMES = {
  granted: "使えます",
  denied: "使えません。取り上げるルールがあります",
  eligible: "まだ使えませんが、申請できます",
  not_granted: "使えません",
} as const;
const OBSTACLES = {
  account_unknown: "このアカウントは登録されていません",
  role_unknown: "このアカウントにそのロールはありません",
  connection_unknown: "サインインに使った接続がなくなりました",
  connection_disabled: "サインインに使った接続は止められています",
} as const;
const WHY: Readonly<Record<WhyUnknown, string>> = {
  lookup_failed: "前回のサインインで調べられませんでした",
  mapped_later: "今は読み取りますが、前回のサインインでは読み取っていません",
  unmapped: "この接続では読み取りません",
  not_told: "プロバイダーから知らされていません",
  no_address: "接続元が分かりません",
  not_readable: "読み取れません。ルールを確認してください",
};
const DOES = {
  gives: "与える",
  takes: "取り上げる",
  lets_ask: "申請を認める",
  nothing: "当てはまらない",
} as const;
const EFFECTS = { allow: "許可", deny: "拒否", eligible: "申請可" } as const;

/** What a rule in shadow would do by itself. */
const WOULD = { allow: "与える", deny: "取り上げる", eligible: "申請を認める" } as const;

const doing = ({ does, effect, shadow, truth }: Considered): string => {
  if (!shadow) return DOES[does];
  const applies = effect === "deny" ? truth !== "false" : truth === "true";
  return `試行中で効力なし。有効なら${applies ? WOULD[effect] : "当てはまらない"}`;
};

function headline({ outcome, obstacle, granted }: Trace, place: string): string {
  const ends = granted?.endsAt === undefined ? "" : `(${toInstant(granted.endsAt)} まで)`;
  return `${place}: ${obstacle === undefined ? OUTCOMES[outcome] : OBSTACLES[obstacle]}${ends}。`;
}

/** One thing that is missing, as a sentence without its end. */
function thing(missing: Missing): string {
  const said = saidOf(missing);
  switch (said.kind) {
    case "begins":
      return `${toInstant(said.at)} に始まります`;
    case "ends":
      return `${toInstant(said.at)} に終わります`;
    case "ended":
      return `${toInstant(said.at)} に終わりました`;
    case "session":
      return "セッションに入れる値が決まりません";
    case "unknown":
      return `${said.claim} は${WHY[said.why]}`;
    case "second_factor":
      return "二要素認証が必要です";
    case "groups":
      return `グループ${listed(said.values)}が必要です`;
    case "network":
      return `ネットワーク「${said.name}」からだけ使えます`;
    case "window":
      return `時間外です。次は ${momentIn(said.at, said.zone)} (${said.zone}) に始まります`;
    case "condition":
      return `${conditionSentence(said.condition, "ja")}人だけが対象です`;
    case "value":
      return `${said.claim} の値が足りません`;
    case "other":
      return OTHER[said.remedy];
  }
}

const OTHER: Readonly<Record<Missing["remedy"], string>> = {
  claim: "別の値が必要です",
  second_factor: "二要素認証が必要です",
  sign_in_again: "新しい、またはより強いサインインが必要です",
  elsewhere: "別のネットワークからだけ使えます",
  wait: "時間外です",
  administrator: "ルールの変更が必要です",
};

const listed = (values: readonly string[]): string =>
  values.map((one) => `「${visible(one)}」`).join("") + (values.length > 1 ? "のいずれか" : "");

function away(missing: readonly Missing[]): string {
  const [first, ...others] = missing;
  if (first === undefined) return "足りないものはありません";
  const groups = onlyGroups(missing);
  if (groups !== undefined)
    return `あとグループ${groups.length}つ: ${groups.map((one) => listed([one])).join("、")}`;
  if (others.length > 0) return `あと${missing.length}つ: ${missing.map(thing).join("、")}`;
  return first.remedy === "second_factor" ? "あとは二要素認証だけです" : thing(first);
}

function next({ remedy, at, condition, negated }: Missing, { rule }: Considered, whom: string): string {
  if (remedy === "second_factor") return "二要素認証でサインインし直してください。";
  if (remedy === "sign_in_again") return "サインインし直してください。";
  if (remedy === "elsewhere") return "ルールの示すネットワークから接続してください。";
  if (remedy === "wait")
    return at === undefined ? "お待ちください。" : `${whenOf(at, condition)} までお待ちください。`;
  if (negated) return `${whom} に相談してください。`;
  return remedy === "claim"
    ? `${whom} に、足りないものを与えてもらってください。`
    : `${whom} に、ルール ${rule} の確認を頼んでください。`;
}

const whenOf = (at: number, condition: Missing["condition"]): string =>
  condition !== undefined && "timeWindow" in condition
    ? `${momentIn(at, condition.timeWindow.zone)} (${condition.timeWindow.zone})`
    : toInstant(at);

function nearest({ rule, effect, owner, missing }: Considered): string {
  const asks = owner === undefined ? "" : `(担当: ${owner})`;
  if (effect !== "deny") return `最も近いルールは ${rule}${asks}: ${away(missing)}。`;
  const lifts = missing.length === 0 ? "" : `外れる条件: ${missing.map(thing).join("、")}。`;
  return `ルール ${rule}${asks} が取り上げています。${lifts}`;
}

/** A trace in Japanese. */
export const japaneseTrace: TraceWords = {
  headline,
  next,
  nearest,
  ask: ({ outcome }, whom) =>
    outcome === "eligible" ? `${whom} に申請してください。` : `${whom} に相談してください。`,
  title: (one) =>
    `ルール ${one.rule} (${EFFECTS[one.effect]}): ${doing(one)}${one.leads ? "。時間とタグはこのルールのもの" : ""}${
      one.until === undefined ? "" : `。${toInstant(one.until)} まで`
    }`,
  term: ({ why }, sentence) => (why === undefined ? sentence : `${sentence}: ${WHY[why]}`),
  claim: ({ name, values, why }) =>
    `${name}: ${values.length === 0 ? "なし" : firstOf(name, values, "、", (more) => `ほか ${more} 件`)}${why === undefined ? "" : `(${WHY[why]})`}`,
  more: {
    doing: (count) => `ほかに当てはまるルールが ${count} 件`,
    nothing: (count) => `ほかに当てはまらないルールが ${count} 件`,
    inShadow: (count) => `ほかに試行中(効力なし)のルールが ${count} 件`,
  },
  elsewhere: (connections) => `ほかの接続では与えられます: ${connections.join("、")}`,
};
