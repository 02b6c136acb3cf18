import type { RefusalRow } from "../errors.ts";

/** Refusals of the broker itself: requests, sign-ins, sessions, administration. */
export const BROKER_REFUSALS = {
  request_invalid: [
    400,
    "The request could not be understood.",
    "リクエストの内容を解釈できませんでした。",
    "fix_request",
  ],
  request_too_large: [
    413,
    "The request is larger than this address accepts.",
    "リクエストが大きすぎます。",
    "fix_request",
  ],
  not_found: [404, "There is nothing at this address.", "このアドレスには何もありません。", "home"],
  method_not_allowed: [
    405,
    "This address does not answer that method.",
    "このアドレスではそのメソッドを使えません。",
    "fix_request",
  ],
  forgery_suspected: [
    403,
    "The form was not sent from a page of ours, so nothing was done.",
    "フォームの送信元を確認できなかったため、何も実行していません。",
    "retry",
  ],
  target_not_allowed: [
    400,
    "The place to go on to is not one of this broker's own pages.",
    "移動先がこのブローカーのページではありません。",
    "home",
  ],
  connection_unknown: [
    404,
    "There is no sign-in connection of that name.",
    "その名前の接続はありません。",
    "home",
  ],
  connection_disabled: [
    403,
    "This sign-in connection is switched off.",
    "この接続は停止されています。",
    "ask_admin",
  ],
  signin_expired: [
    400,
    "This sign-in is over: it was used already, or took too long.",
    "このサインインは使用済みか、時間切れです。",
    "sign_in",
  ],
  signin_replayed: [403, "This sign-in was used already.", "このサインインは使用済みです。", "sign_in"],
  keys_missing: [
    503,
    "The broker has no signing key yet.",
    "ブローカーの署名鍵がまだ作成されていません。",
    "ask_admin",
  ],
  signin_other_browser: [
    400,
    "This sign-in was started in another browser.",
    "このサインインは別のブラウザーで始められたものです。",
    "sign_in",
  ],
  signin_unsolicited: [
    403,
    "This provider may not start a sign-in by itself. Start here instead.",
    "このプロバイダーからは直接サインインできません。ここから始めてください。",
    "sign_in",
  ],
  signin_other_subject: [
    403,
    "Somebody else is signed in here. Sign out first.",
    "別の人がサインインしています。先にサインアウトしてください。",
    "home",
  ],
  session_required: [401, "Please sign in.", "サインインしてください。", "sign_in"],
  session_expired: [
    401,
    "Your session has ended. Please sign in again.",
    "セッションが終了しました。もう一度サインインしてください。",
    "sign_in",
  ],
  token_invalid: [401, "The token was not accepted.", "トークンを受け付けられませんでした。", "fix_request"],
  token_wrong_purpose: [
    403,
    "The token was issued for something else.",
    "トークンの用途が異なります。",
    "fix_request",
  ],
  admin_required: [
    403,
    "This needs an administrator of the broker.",
    "この操作にはブローカーの管理者権限が必要です。",
    "ask_admin",
  ],
  provider_unreachable: [
    502,
    "The identity provider did not answer properly. Nothing was done.",
    "プロバイダーから正しい応答がありませんでした。何も実行していません。",
    "retry",
  ],
  broker_unavailable: [
    503,
    "A part of the broker is not available just now. Nothing was done.",
    "ブローカーの一部が一時的に利用できません。何も実行していません。",
    "retry",
  ],
  broker_fault: [
    500,
    "The broker failed. Nothing was done.",
    "ブローカーで障害が発生しました。何も実行していません。",
    "retry",
  ],
} as const satisfies Record<string, RefusalRow>;
