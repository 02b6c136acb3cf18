import type { RefusalRow } from "../errors.ts";

/** Refusals of `lib/rules` and what stands on it. */
export const RULES_REFUSALS = {
  rules_unavailable: [
    503,
    "The rules could not be read, so nobody is let through. Nothing was done.",
    "ルールを読み込めないため、通行を止めています。何も実行していません。",
    "retry",
  ],
  configuration_invalid: [
    422,
    "The configuration has mistakes, so nothing was changed.",
    "設定に誤りがあるため、何も変更していません。",
    "fix_request",
  ],
  tests_failed: [
    422,
    "A test or an invariant of the configuration says otherwise, so nothing was changed.",
    "設定に含まれるテストまたは不変条件に反するため、何も変更していません。",
    "fix_request",
  ],
  configuration_moved: [
    412,
    "Somebody published another version since you looked. Plan again.",
    "確認後に別のバージョンが公開されました。もう一度プランしてください。",
    "retry",
  ],
  publish_in_progress: [
    409,
    "Somebody else is publishing just now. Try again in a minute.",
    "ほかの人が公開中です。1 分ほど待ってからやり直してください。",
    "retry",
  ],
  right_exceeded: [
    403,
    "Your right to edit does not reach all that this changes, so nothing was changed.",
    "この変更にはあなたの編集権限の範囲外のものが含まれるため、何も変更していません。",
    "ask_admin",
  ],
  proposal_unknown: [
    404,
    "There is no such proposal, or it was decided, or its time is over.",
    "その提案はないか、すでに決定済みか、期限が切れています。",
    "fix_request",
  ],
  approval_not_yours: [
    403,
    "Another person must agree to this: not the one who proposed it, and not a program.",
    "この提案の承認は別の人が行う必要があります。提案した本人やプログラムは承認できません。",
    "ask_admin",
  ],
  approval_needed: [
    409,
    "This takes a second person, and nobody was there to ask, so nothing was changed.",
    "この変更には 2 人目の承認が必要ですが、確認できる人がいなかったため、何も変更していません。",
    "fix_request",
  ],
  scheduled_unknown: [
    404,
    "There is nothing scheduled by that id, or it waits no more.",
    "その予約はないか、すでに終わっています。",
    "fix_request",
  ],
  origin_unknown: [
    404,
    "No files of that name were applied, or it was forgotten already.",
    "その名前のファイルは適用されていないか、すでに記録から消されています。",
    "fix_request",
  ],
  schedule_missed: [
    409,
    "It could not be published when it was due, and later than an hour it is not. Nothing was changed.",
    "予定の時刻に公開できず、1 時間を過ぎたため公開を取りやめました。何も変更していません。",
    "fix_request",
  ],
  changed_by_hand: [
    409,
    "Somebody changed this otherwise since these files were last applied, and applying them would take it back. Nothing was changed.",
    "これらのファイルが最後に適用されたあと別の方法で変更されています。適用するとその変更が失われるため、何も変更していません。",
    "fix_request",
  ],
  configuration_too_large: [
    413,
    "These are more objects than can be worked on here in one go, so nothing was changed.",
    "一度に処理できる数を超えるオブジェクトがあるため、何も変更していません。",
    "fix_request",
  ],
  draft_incomplete: [
    409,
    "Parts of this configuration were not sent, or their time is over. Nothing was changed.",
    "設定の一部が送信されていないか、期限が切れています。何も変更していません。",
    "retry",
  ],
  draft_invalid: [
    400,
    "This part is not what its name says, or is none.",
    "この部分は名前の示す内容と一致しないか、形式が正しくありません。",
    "fix_request",
  ],
  draft_full: [
    409,
    "There are as many parts of yours as may wait here. They go away within a day.",
    "保留中の部分が上限に達しています。1 日以内に消えます。",
    "retry",
  ],
  version_unknown: [
    404,
    "There is no such version, or what it held was not kept.",
    "そのバージョンはないか、内容が残っていません。",
    "fix_request",
  ],
  person_unknown: [
    404,
    "Nobody of that name signed in lately.",
    "その人の最近のサインインは記録にありません。",
    "fix_request",
  ],
  would_lock_out: [
    409,
    "After this change you would no longer be an administrator of the broker, so nothing was changed.",
    "この変更を行うとあなたはブローカーの管理者でなくなるため、何も変更していません。",
    "fix_request",
  ],
} as const satisfies Record<string, RefusalRow>;
