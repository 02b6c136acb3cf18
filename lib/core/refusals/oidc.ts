import type { RefusalRow } from "../errors.ts";

const unverified = [
  403,
  "The sign-in could not be verified.",
  "サインインを検証できませんでした。",
  "sign_in",
] as const;
const unaccepted = [
  401,
  "The token was not accepted.",
  "トークンを受け付けられませんでした。",
  "fix_request",
] as const;
const unset = [
  502,
  "This sign-in connection is not set up correctly.",
  "この接続の設定に誤りがあります。",
  "ask_admin",
] as const;

/** Proven, and at another time than ours: to look at a clock is all that helps. */
const fromTheFuture = [
  403,
  "The sign-in comes from the future: the clocks of the identity provider and of this broker disagree.",
  "サインインの時刻が未来になっています。プロバイダーとこのブローカーの時計がずれています。",
  "sign_in",
] as const;
const tooOld = [
  403,
  "The sign-in is too old: it was too long on its way, or the clocks of the identity provider and of this broker disagree.",
  "サインインが古すぎます。到着までに時間がかかりすぎたか、プロバイダーとこのブローカーの時計がずれています。",
  "sign_in",
] as const;
const tokenFromTheFuture = [
  401,
  "The token comes from the future: the clocks of its issuer and of this broker disagree.",
  "トークンの時刻が未来になっています。発行元とこのブローカーの時計がずれています。",
  "fix_request",
] as const;

/** Refusals of `lib/oidc` and what stands on it. */
export const OIDC_REFUSALS = {
  oidc_answer_malformed: unverified,
  oidc_state_mismatch: unverified,
  oidc_response_issuer_mismatch: unverified,
  oidc_token_missing: unverified,
  oidc_token_malformed: unverified,
  oidc_type_not_allowed: unverified,
  oidc_algorithm_not_allowed: unverified,
  oidc_signature_invalid: unverified,
  oidc_key_unknown: unverified,
  oidc_issuer_mismatch: unverified,
  oidc_audience_mismatch: unverified,
  oidc_azp_mismatch: unverified,
  oidc_nonce_mismatch: unverified,
  oidc_expired: tooOld,
  oidc_not_yet_valid: fromTheFuture,
  oidc_issued_in_future: fromTheFuture,
  oidc_issued_too_long_ago: tooOld,
  oidc_subject_missing: unverified,
  oidc_code_refused: unverified,
  oidc_auth_time_missing: unverified,
  oidc_auth_too_old: [
    403,
    "Your sign-in at the identity provider is too long ago. Please sign in there again.",
    "プロバイダーでの認証から時間が経ちすぎています。もう一度サインインしてください。",
    "sign_in",
  ],
  oidc_tenant_not_allowed: [
    403,
    "Accounts of your organization are not accepted here.",
    "お使いの組織のアカウントは受け付けていません。",
    "ask_admin",
  ],
  oidc_domain_not_allowed: [
    403,
    "Accounts of your domain are not accepted here.",
    "お使いのドメインのアカウントは受け付けていません。",
    "ask_admin",
  ],
  oidc_provider_denied: [
    403,
    "The identity provider did not let you in. Its own page or your administrator can say why.",
    "プロバイダーがサインインを許可しませんでした。",
    "retry",
  ],
  oidc_provider_failed: [
    502,
    "The identity provider failed. Please try again in a moment.",
    "プロバイダーでエラーが発生しました。しばらくしてからもう一度お試しください。",
    "retry",
  ],
  oidc_client_refused: [
    502,
    "The identity provider does not accept the broker's own credentials.",
    "プロバイダーがこのブローカーの資格情報を受け付けません。",
    "ask_admin",
  ],
  oidc_discovery_mismatch: unset,
  oidc_discovery_unusable: unset,
  oidc_misconfigured: unset,
  oidc_initiator_unknown: [
    400,
    "This sign-in was started by a provider that is not set up here.",
    "ここに登録されていないプロバイダーから始められたサインインです。",
    "home",
  ],
  groups_lookup_failed: [
    502,
    "Your groups could not be read at the identity provider just now.",
    "プロバイダーからグループを取得できませんでした。",
    "retry",
  ],
  groups_overage: [
    403,
    "You are in more groups than the identity provider sends, so rules on groups could not be judged.",
    "所属グループが多すぎてプロバイダーから送られないため、グループによる判定ができませんでした。",
    "ask_admin",
  ],
  workload_token_malformed: unaccepted,
  workload_issuer_unknown: unaccepted,
  workload_connection_ambiguous: unaccepted,
  workload_not_pinned: unaccepted,
  workload_type_not_allowed: unaccepted,
  workload_algorithm_not_allowed: unaccepted,
  workload_key_unknown: unaccepted,
  workload_signature_invalid: unaccepted,
  workload_audience_mismatch: unaccepted,
  workload_expired: [
    401,
    "The token has ended, or the clocks of its issuer and of this broker disagree. Get a new one.",
    "トークンの有効期限が切れているか、発行元とこのブローカーの時計がずれています。新しいトークンを取得してください。",
    "fix_request",
  ],
  workload_not_yet_valid: tokenFromTheFuture,
  workload_issued_at_missing: unaccepted,
  workload_issued_in_future: tokenFromTheFuture,
  workload_lifetime_too_long: unaccepted,
  workload_claim_not_pinned: unaccepted,
  workload_subject_missing: unaccepted,
} as const satisfies Record<string, RefusalRow>;
