import { Refusal, type RefusalCode } from "../core/errors.ts";
import type { Assumption } from "./assumption.ts";
import { sitesOf } from "./partition.ts";

/** What AWS said and what it means: error code without its suffix, words of the message, our code, what to do. */
type Row = readonly [
  code: RegExp,
  words: RegExp,
  refusal: RefusalCode,
  hint: (assumption: Assumption) => string,
];

const role = ({ placed }: Assumption): string => `role ${placed.roleArn}`;
const account = ({ placed }: Assumption): string => `account ${placed.accountId} (${placed.accountName})`;
const aud = ({ placed }: Assumption): string => sitesOf(placed.partition).recipient;

/** The first row that fits stands. */
const ROWS: readonly Row[] = [
  [
    /^AccessDenied$/,
    /sts:TagSession/i,
    "aws_trust_lacks_tag_session",
    (a) => `Allow sts:TagSession beside sts:AssumeRoleWithSAML in the trust policy of ${role(a)}.`,
  ],
  [
    /^AccessDenied$/,
    /sts:SetSourceIdentity/i,
    "aws_trust_lacks_source_identity",
    (a) =>
      `Allow sts:SetSourceIdentity in the trust policy of ${role(a)}, or set \`sourceIdentity: false\` on Role ${a.placed.name}.`,
  ],
  [
    /^AccessDenied$/,
    /./,
    "aws_trust_refused",
    (a) =>
      `Check that ${role(a)} exists and that its trust policy allows sts:AssumeRoleWithSAML, sts:TagSession and ` +
      `sts:SetSourceIdentity to ${a.placed.providerArn}, with SAML:aud ${aud(a)}.`,
  ],
  [
    /^InvalidIdentityToken$/,
    /provider doesn.t exist|no (?:saml )?provider|not? found/i,
    "aws_provider_missing",
    (a) => `Create the SAML provider ${a.placed.providerArn} in ${account(a)} from /saml/idp/metadata.`,
  ],
  [
    /^InvalidIdentityToken$/,
    /issuer not present|signature/i,
    "aws_provider_outdated",
    (a) => `Update the metadata of ${a.placed.providerArn} in ${account(a)} from /saml/idp/metadata.`,
  ],
  [
    /^InvalidIdentityToken$/,
    /not yet valid/i,
    "aws_assertion_early",
    (a) =>
      `STS in ${a.placed.region} found the assertion for ${role(a)} too early; check the broker's clock.`,
  ],
  [
    /^(?:InvalidIdentityToken|IDPRejectedClaim)$/,
    /./,
    "aws_claim_refused",
    (a) => `AWS did not accept the assertion for ${role(a)}; the log has the request id of STS.`,
  ],
  [
    /^ExpiredToken$/,
    /./,
    "aws_assertion_expired",
    (a) => `STS in ${a.placed.region} found the assertion for ${role(a)} too old; check the broker's clock.`,
  ],
  [
    /^PackedPolicyTooLarge$/,
    /./,
    "policy_too_large",
    (a) => `Session policy and tags for ${role(a)} are too large once packed. Use fewer statements or tags.`,
  ],
  [
    /^MalformedPolicyDocument$/,
    /./,
    "aws_policy_malformed",
    (a) =>
      `STS could not read the session policy for ${role(a)}; check the actions, resources and condition operators.`,
  ],
  [
    /^RegionDisabled$/,
    /./,
    "aws_region_disabled",
    (a) =>
      `Activate STS for ${a.placed.region} in ${account(a)}, or set another \`region\` on Account ${a.placed.accountId}.`,
  ],
  [
    /^Validation(?:Error)?$/,
    /MaxSessionDuration|DurationSeconds/i,
    "aws_duration_too_long",
    (a) =>
      `${a.durationSeconds} seconds are above MaxSessionDuration of ${role(a)}: raise it, or lower \`maxSessionSeconds\` on Role ${a.placed.name}.`,
  ],
  [
    /^Validation(?:Error)?$/,
    /polic(?:y|ies)/i,
    "aws_policy_malformed",
    (a) => `STS could not read the session policy for ${role(a)}.`,
  ],
  [
    /^Validation(?:Error)?$/,
    /\bARN\b/i,
    "aws_trust_refused",
    (a) => `Check that ${role(a)} and ${a.placed.providerArn} exist.`,
  ],
  [
    /^(?:Throttling|ThrottlingException|TooManyRequests|RequestLimitExceeded|SlowDown)$/,
    /./,
    "aws_throttled",
    (a) => `STS in ${a.placed.region} is throttling ${account(a)}.`,
  ],
];

/** Names by which the SDK and Node say that there was no answer at all. */
const NO_ANSWER =
  /^(?:TimeoutError|AbortError|ECONN\w+|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH|NetworkingError|ServiceUnavailable|InternalFailure|InternalError)$/;

/**
 * What AWS's no means to whoever administers the account.
 *
 * AWS's own message may hold names of sessions and is looked at, not passed on; its code and request id are.
 */
export function stsRefusal(cause: unknown, assumption: Assumption): Refusal {
  const { name, message, status, requestId } = factsOf(cause);
  const { accountId, name: roleName, roleArn, region } = assumption.placed;
  const row = ROWS.find(([code, words]) => code.test(name) && words.test(message || " "));
  const [refusal, hint] =
    row === undefined ? unlisted(name, status, assumption) : ([row[2], row[3](assumption)] as const);
  return new Refusal(
    refusal,
    { awsCode: name, status, requestId, roleArn, region },
    { cause: bare(cause), about: { accountId, role: roleName, hint } },
  );
}

function unlisted(name: string, status: number, a: Assumption): readonly [RefusalCode, string] {
  if (status === 429) return ["aws_throttled", `STS in ${a.placed.region} is throttling ${account(a)}.`];
  // A success that is told as a failure is one that nobody could read, and a redirect is not followed.
  if (status >= 500 || status < 400 || NO_ANSWER.test(name))
    return ["aws_unreachable", `STS in ${a.placed.region} did not answer for ${account(a)}.`];
  return ["aws_refused", `STS answered ${name} for ${role(a)}; the log has its request id.`];
}

function factsOf(cause: unknown): { name: string; message: string; status: number; requestId: string } {
  if (!(cause instanceof Error)) return { name: "unknown", message: "", status: 0, requestId: "" };
  const { $metadata } = cause as { $metadata?: { httpStatusCode?: number; requestId?: string } };
  return {
    // The SDK adds "Exception" to some of AWS's codes, and AWS to others.
    name: cause.name.replace(/Exception$/, ""),
    message: cause.message,
    status: $metadata?.httpStatusCode ?? 0,
    requestId: $metadata?.requestId ?? "",
  };
}

/** The error without its message and without the answer it carries. */
function bare(cause: unknown): Error {
  const kept = new Error(cause instanceof Error ? cause.name : "unknown");
  if (cause instanceof Error && cause.stack !== undefined)
    kept.stack = cause.stack.slice(cause.stack.indexOf("\n    at "));
  return kept;
}
