import { createLocalJWKSet, errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from "jose";
import type { WorkloadConnection } from "../core/connection.ts";
import { isRefusal, Refusal, type RefusalCode } from "../core/errors.ts";
import type { Epoch } from "../core/time.ts";
import { claimValues } from "./claims.ts";
import { SKEW_SECONDS } from "./id-token.ts";
import type { KeySet } from "./keys.ts";
import { type Peeked, peekToken, textMember, tokenType } from "./peek.ts";

type Claims = Peeked["claims"];

/** Types a workload's token may have: a plain JWT, or an access token made out to this broker (RFC 9068). */
const TYPES = [undefined, "jwt", "at+jwt"];

/** A token as its bearer shows it. @throws {Refusal} `workload_token_malformed`, `workload_type_not_allowed`. */
export function readWorkloadToken(token: string): Peeked {
  const peeked = peekToken(token);
  if (peeked === undefined) throw new Refusal("workload_token_malformed");
  if (!TYPES.includes(tokenType(peeked.header)) || Object.hasOwn(peeked.claims, "events"))
    throw new Refusal("workload_type_not_allowed");
  return peeked;
}

/** Whether a claim has one of the pinned values; a list satisfies nothing, since it says several things at once. */
function isPinned(claims: Claims, name: string, wanted: string | readonly string[]): boolean {
  const values = Array.isArray(claims[name]) ? [] : claimValues(claims, name);
  return values.some((value) => (typeof wanted === "string" ? value === wanted : wanted.includes(value)));
}

/** The first pinned claim that the token does not carry with one of its values. */
export const unpinnedClaim = ({ pinned }: WorkloadConnection, claims: Claims): string | undefined =>
  Object.entries(pinned).find(([name, wanted]) => !isPinned(claims, name, wanted))?.[0];

/** Whether every audience of the token is one of this broker's: nobody else holds a token that opens us. */
export function isForUs({ audiences }: WorkloadConnection, claims: Claims): boolean {
  const { aud } = claims;
  const list: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return list.length > 0 && list.every((one) => typeof one === "string" && audiences.includes(one));
}

const CLAIM_CODES: Readonly<Record<string, RefusalCode>> = {
  aud: "workload_audience_mismatch",
  iss: "workload_issuer_unknown",
  nbf: "workload_not_yet_valid",
  exp: "workload_expired",
};

const byClaim = (claim: string): RefusalCode => CLAIM_CODES[claim] ?? "workload_token_malformed";

/** What jose says, as a code; its errors carry the payload, so none becomes a cause. */
function codeOf(thrown: unknown): RefusalCode {
  if (thrown instanceof errors.JWSSignatureVerificationFailed) return "workload_signature_invalid";
  if (thrown instanceof errors.JOSEAlgNotAllowed) return "workload_algorithm_not_allowed";
  if (thrown instanceof errors.JWTExpired) return "workload_expired";
  if (thrown instanceof errors.JWTClaimValidationFailed) return byClaim(thrown.claim);
  if (thrown instanceof errors.JWKSNoMatchingKey || thrown instanceof errors.JWKSMultipleMatchingKeys)
    return "workload_key_unknown";
  return "workload_token_malformed";
}

function checkLifetime({ maxLifetimeSeconds }: WorkloadConnection, claims: Claims, now: Epoch): void {
  const { iat, exp } = claims;
  if (typeof exp !== "number") throw new Refusal("workload_expired", { reason: "no_exp" });
  if (typeof iat !== "number") throw new Refusal("workload_issued_at_missing");
  if (iat > now + SKEW_SECONDS) throw new Refusal("workload_issued_in_future");
  if (exp - iat > maxLifetimeSeconds || exp <= iat) throw new Refusal("workload_lifetime_too_long");
}

/** Checks that hold or not whoever signed. @throws {Refusal} `workload_*`. */
function checkClaims(connection: WorkloadConnection, claims: Claims, now: Epoch): void {
  if (!isForUs(connection, claims)) throw new Refusal("workload_audience_mismatch");
  checkLifetime(connection, claims, now);
  const claim = unpinnedClaim(connection, claims);
  if (claim !== undefined) throw new Refusal("workload_claim_not_pinned", { claim });
}

const keyGetters = new WeakMap<KeySet, JWTVerifyGetKey>();

/** jose imports each key once per set; the set is kept with the connection. */
function keyGetter(keys: KeySet): JWTVerifyGetKey {
  const here = keyGetters.get(keys);
  if (here) return here;
  const made = createLocalJWKSet({ keys: [...keys.keys] });
  keyGetters.set(keys, made);
  return made;
}

/**
 * Verifies a workload's token for one connection.
 *
 * @param keys The issuer's key set; `jku`, `x5u`, `x5c` and `jwk` of the token are not looked at.
 * @returns Claims whose signature, issuer, audience, times, lifetime and pins hold.
 * @throws {Refusal} `workload_*`; `workload_key_unknown` when the set lacks the key, so that it may be fetched again.
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
export async function verifyWorkloadToken(
  token: string,
  connection: WorkloadConnection,
  keys: KeySet,
  now: Epoch,
): Promise<Claims> {
  readWorkloadToken(token);
  const options: JWTVerifyOptions = {
    algorithms: connection.algorithms,
    issuer: connection.issuer,
    audience: connection.audiences,
    clockTolerance: SKEW_SECONDS,
    currentDate: new Date(now * 1000),
    requiredClaims: ["exp"],
  };
  try {
    const { payload } = await jwtVerify(token, keyGetter(keys), options);
    checkClaims(connection, payload, now);
    return payload;
  } catch (thrown) {
    if (isRefusal(thrown)) throw thrown;
    throw new Refusal(codeOf(thrown), { connection: connection.id });
  }
}

/** The stable subject of a workload. @throws {Refusal} `workload_subject_missing`. */
export function workloadSubject({ subject }: WorkloadConnection, claims: Claims): string {
  const text = textMember(claims, subject) ?? "";
  if (text === "" || text.length > 1024) throw new Refusal("workload_subject_missing", { claim: subject });
  return text;
}
