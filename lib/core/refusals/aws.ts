import type { RefusalRow } from "../errors.ts";

/** Refusals of `lib/aws` and what stands on it. `about.hint` names the account, the role and what to change. */
export const AWS_REFUSALS = {
  // What was asked for.
  narrowing_invalid: [
    400,
    "What was asked for cannot be made into a narrower session.",
    "指定された条件では、セッションを絞り込めません。",
    "fix_request",
  ],
  policy_invalid: [
    400,
    "A session policy is not a policy that can be applied.",
    "セッションポリシーが正しくありません。",
    "fix_request",
  ],
  policy_not_combinable: [
    400,
    "These policies cannot be combined so that the session stays within each of them.",
    "これらのポリシーは、すべての範囲内に収まるようには組み合わせられません。",
    "fix_request",
  ],
  policy_too_large: [
    400,
    "The session policy is larger than AWS accepts.",
    "セッションポリシーがAWSの上限を超えています。",
    "fix_request",
  ],
  scope_parameter_invalid: [
    400,
    "A parameter of the scope is missing, unknown, or has a value that is not allowed.",
    "スコープのパラメーターに、不足、不明な名前、または許可されない値があります。",
    "fix_request",
  ],
  scope_invalid: [500, "The scope is not set up properly.", "スコープの設定に誤りがあります。", "ask_admin"],
  destination_not_allowed: [
    400,
    "The destination is not a page of the AWS console.",
    "移動先がAWSコンソールのページではありません。",
    "home",
  ],
  session_too_short: [
    403,
    "Less than 15 minutes are left, and AWS issues no shorter session.",
    "残り時間が15分未満です。AWSではこれより短いセッションを発行できません。",
    "sign_in",
  ],
  session_tags_invalid: [
    500,
    "A rule gives this role session tags that AWS does not accept.",
    "ルールが指定するセッションタグをAWSが受け付けません。",
    "ask_admin",
  ],
  // What AWS answered. Somebody who administers the account must act.
  aws_trust_refused: [
    403,
    "AWS refused: the role does not trust this broker, or does not exist.",
    "AWSに拒否されました。ロールがこのブローカーを信頼していないか、存在しません。",
    "ask_admin",
  ],
  aws_trust_lacks_tag_session: [
    403,
    "AWS refused: the role's trust policy does not allow session tags.",
    "AWSに拒否されました。ロールの信頼ポリシーがセッションタグを許可していません。",
    "ask_admin",
  ],
  aws_trust_lacks_source_identity: [
    403,
    "AWS refused: the role's trust policy does not allow a source identity.",
    "AWSに拒否されました。ロールの信頼ポリシーがソースIDを許可していません。",
    "ask_admin",
  ],
  aws_provider_missing: [
    403,
    "AWS refused: the account does not know this broker.",
    "AWSに拒否されました。アカウントにこのブローカーが登録されていません。",
    "ask_admin",
  ],
  aws_provider_outdated: [
    403,
    "AWS refused: the account holds other metadata than this broker's.",
    "AWSに拒否されました。アカウントにあるメタデータがこのブローカーのものと異なります。",
    "ask_admin",
  ],
  aws_duration_too_long: [
    403,
    "AWS refused: the session is longer than the role allows.",
    "AWSに拒否されました。セッションの長さがロールの上限を超えています。",
    "ask_admin",
  ],
  aws_assertion_expired: [
    503,
    "AWS found the broker's word too old. If it does so again, their clocks disagree.",
    "AWSが期限切れと判断しました。繰り返す場合は、AWSとこのブローカーの時計がずれています。",
    "retry",
  ],
  aws_assertion_early: [
    503,
    "AWS found the broker's word too early: their clocks disagree.",
    "AWSが時刻を未来のものと判断しました。AWSとこのブローカーの時計がずれています。",
    "retry",
  ],
  aws_claim_refused: [
    403,
    "AWS refused what the broker said.",
    "AWSがブローカーの申告内容を拒否しました。",
    "ask_admin",
  ],
  aws_policy_malformed: [
    400,
    "AWS could not read the session policy.",
    "AWSがセッションポリシーを解釈できませんでした。",
    "fix_request",
  ],
  aws_region_disabled: [
    403,
    "AWS refused: the region is switched off in this account.",
    "AWSに拒否されました。このアカウントではリージョンが無効です。",
    "ask_admin",
  ],
  aws_throttled: [
    503,
    "AWS is answering too many requests just now. Please try again.",
    "AWSが混み合っています。もう一度お試しください。",
    "retry",
  ],
  aws_unreachable: [
    502,
    "AWS did not answer properly. Please try again.",
    "AWSから正しい応答がありませんでした。もう一度お試しください。",
    "retry",
  ],
  aws_answer_wrong: [
    502,
    "AWS answered with something other than was asked for, so nothing was handed out.",
    "AWSの応答が要求と一致しないため、何も発行していません。",
    "ask_admin",
  ],
  aws_refused: [403, "AWS refused the request.", "AWSに拒否されました。", "ask_admin"],
} as const satisfies Record<string, RefusalRow>;
