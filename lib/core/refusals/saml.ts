import type { RefusalRow } from "../errors.ts";

/** One sentence for everything that fails to verify: strangers learn that it failed, the code says where. */
const UNVERIFIED = [
  403,
  "The sign-in could not be verified.",
  "サインインを検証できませんでした。",
  "sign_in",
] as const satisfies RefusalRow;
const UNREADABLE = [
  400,
  "The sign-in could not be verified.",
  "サインインを検証できませんでした。",
  "sign_in",
] as const satisfies RefusalRow;

/** Proven, and at another time than ours: to look at a clock is all that helps. */
const FROM_THE_FUTURE = [
  403,
  "The sign-in comes from the future: the clocks of the identity provider and of this broker disagree.",
  "サインインの時刻が未来になっています。プロバイダーとこのブローカーの時計がずれています。",
  "sign_in",
] as const satisfies RefusalRow;
const TOO_OLD = [
  403,
  "The sign-in is too old: it was too long on its way, or the clocks of the identity provider and of this broker disagree.",
  "サインインが古すぎます。到着までに時間がかかりすぎたか、プロバイダーとこのブローカーの時計がずれています。",
  "sign_in",
] as const satisfies RefusalRow;

/** Refusals of `lib/saml` and what stands on it. */
export const SAML_REFUSALS = {
  // The gate and the parser.
  saml_too_large: UNREADABLE,
  saml_encoding_invalid: UNREADABLE,
  saml_markup_forbidden: UNREADABLE,
  saml_xml_malformed: UNREADABLE,
  saml_xml_limit: UNREADABLE,
  // The shape of the message.
  saml_not_a_response: UNREADABLE,
  saml_response_malformed: UNREADABLE,
  saml_assertion_malformed: UNREADABLE,
  saml_version_unsupported: UNREADABLE,
  saml_id_duplicate: UNVERIFIED,
  saml_assertion_missing: UNVERIFIED,
  saml_assertion_count: UNVERIFIED,
  saml_encrypted_part_unsupported: UNVERIFIED,
  saml_status_failure: [
    403,
    "Your identity provider did not sign you in.",
    "IDプロバイダーがサインインを許可しませんでした。",
    "sign_in",
  ],
  // Signatures.
  saml_unsigned: UNVERIFIED,
  saml_signature_misplaced: UNVERIFIED,
  saml_signature_malformed: UNVERIFIED,
  saml_signature_algorithm: UNVERIFIED,
  saml_signature_reference: UNVERIFIED,
  saml_signature_transform: UNVERIFIED,
  saml_signature_digest: UNVERIFIED,
  saml_signature_invalid: UNVERIFIED,
  saml_key_missing: UNVERIFIED,
  saml_key_unusable: UNVERIFIED,
  // Encryption.
  saml_encryption_unsupported: UNVERIFIED,
  saml_decryption_unavailable: UNVERIFIED,
  saml_decryption_failed: UNVERIFIED,
  // The profile: who said it, to whom, when, in answer to what.
  saml_response_issuer_mismatch: UNVERIFIED,
  saml_assertion_issuer_mismatch: UNVERIFIED,
  saml_destination_mismatch: UNVERIFIED,
  saml_recipient_mismatch: UNVERIFIED,
  saml_audience_missing: UNVERIFIED,
  saml_audience_mismatch: UNVERIFIED,
  saml_unsolicited: UNVERIFIED,
  saml_not_requested: UNVERIFIED,
  saml_subject_missing: UNVERIFIED,
  saml_name_id_qualifier: UNVERIFIED,
  saml_confirmation_missing: UNVERIFIED,
  saml_confirmation_unbounded: UNVERIFIED,
  saml_confirmation_expired: TOO_OLD,
  saml_confirmation_not_yet: FROM_THE_FUTURE,
  saml_unconditional: UNVERIFIED,
  saml_condition_unknown: UNVERIFIED,
  saml_proxy_restricted: UNVERIFIED,
  saml_expired: TOO_OLD,
  saml_not_yet_valid: FROM_THE_FUTURE,
  saml_issued_in_future: FROM_THE_FUTURE,
  saml_too_old: TOO_OLD,
  saml_authentication_missing: UNVERIFIED,
  saml_authenticated_in_future: FROM_THE_FUTURE,
  saml_session_over: UNVERIFIED,
  saml_instant_invalid: UNVERIFIED,
  // The provider as configured and learnt.
  provider_metadata_invalid: [
    502,
    "The identity provider's metadata could not be used.",
    "IDプロバイダーのメタデータを使用できませんでした。",
    "ask_admin",
  ],
  provider_metadata_expired: [
    502,
    "The identity provider's metadata is no longer valid.",
    "IDプロバイダーのメタデータの有効期限が切れています。",
    "ask_admin",
  ],
  provider_metadata_other_entity: [
    502,
    "The identity provider's metadata speaks of another provider.",
    "メタデータが別のIDプロバイダーのものです。",
    "ask_admin",
  ],
  connection_not_ready: [
    503,
    "This sign-in connection has not read its provider's metadata yet.",
    "この接続はまだプロバイダーのメタデータを読み込んでいません。",
    "ask_admin",
  ],
} as const satisfies Record<string, RefusalRow>;
