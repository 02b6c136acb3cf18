import { isRefusal, Refusal } from "../core/errors.ts";
import { checkFacts, checkResponse } from "./check.ts";
import { decryptContent, readSealed } from "./decrypt.ts";
import { type AssertionParts, type ResponseParts, survey, takeAssertion, takeResponse } from "./document.ts";
import type { Expected, VerifiedAssertion } from "./expected.ts";
import { type Facts, readFacts } from "./facts.ts";
import { openMessage, parseBytes } from "./gate.ts";
import { ASSERTION } from "./names.ts";
import { verifySignature } from "./signature.ts";
import { is } from "./tree.ts";
import { type TrustedKey, trustedKeys } from "./trusted-keys.ts";
import type { XmlElement } from "./xml.ts";

export type { Expected, Solicited, VerifiedAssertion } from "./expected.ts";
export { peekResponse } from "./gate.ts";

/**
 * Verifies a SAML response and reads the assertion it holds.
 *
 * Gate, one strict parse, shape, signatures, decryption, then the profile's checks. Every value returned comes from a
 * node of the tree that was digested. It keeps no state: that an assertion is used once is the caller's write.
 *
 * @param encoded The form field SAMLResponse as sent.
 * @throws {Refusal} `saml_*` for every response not proven genuine, fresh, and ours.
 * @see saml-profiles-2.0-os section 4.1.4
 */
export async function verifyResponse(encoded: string, expected: Expected): Promise<VerifiedAssertion> {
  const parts = takeResponse(openMessage(encoded));
  checkResponse(parts, expected);
  const keys = trustedKeys(expected.certificates);
  const signed: ("response" | "assertion")[] = [];
  if (parts.signature !== undefined) {
    verifySignature(parts.signature, parts.root, keys);
    signed.push("response");
  }
  const assertion = await openAssertion(parts, expected, keys, signed);
  const facts = readFacts(assertion);
  return verified(facts, checkFacts(facts, expected), signed, parts.encrypted !== undefined);
}

/** @returns The assertion, with a signature over it verified; `signed` gains `assertion` if it carries its own. */
async function openAssertion(
  parts: ResponseParts,
  expected: Expected,
  keys: readonly TrustedKey[],
  signed: ("response" | "assertion")[],
): Promise<AssertionParts> {
  if (parts.assertion !== undefined) return verifyAssertion(parts.assertion, keys, signed);
  if (parts.encrypted === undefined) throw new Refusal("saml_assertion_missing");
  return openEncrypted(parts.encrypted, parts.ids, expected, keys, signed);
}

function verifyAssertion(
  assertion: XmlElement,
  keys: readonly TrustedKey[],
  signed: ("response" | "assertion")[],
): AssertionParts {
  const parts = takeAssertion(assertion);
  const { signature } = parts;
  if (signature !== undefined) {
    verifySignature(signature, assertion, keys);
    signed.push("assertion");
  }
  if (signed.length === 0) throw new Refusal("saml_unsigned");
  return parts;
}

/**
 * Decrypts an assertion and verifies it. Whatever goes wrong with the content is one refusal without detail: telling
 * bad padding from bad XML or a bad signature apart would decrypt the content for whoever asks often enough.
 */
async function openEncrypted(
  encrypted: XmlElement,
  ids: Set<string>,
  expected: Expected,
  keys: readonly TrustedKey[],
  signed: ("response" | "assertion")[],
): Promise<AssertionParts> {
  const sealed = readSealed(encrypted, expected.entityId);
  if (expected.unwrapKey === undefined) throw new Refusal("saml_decryption_unavailable");
  try {
    const assertion = parseBytes(
      decryptContent(sealed, await expected.unwrapKey(sealed.wrapped, sealed.hash)),
    );
    if (!is(assertion, ASSERTION, "Assertion")) throw new Refusal("saml_assertion_malformed");
    survey(assertion, assertion, ids);
    return verifyAssertion(assertion, keys, signed);
  } catch (cause) {
    // That the key service is away depends on nothing a stranger sent.
    if (isRefusal(cause, "broker_unavailable")) throw cause;
    throw new Refusal("saml_decryption_failed");
  }
}

function verified(
  facts: Facts,
  acceptableUntil: number,
  signed: readonly ("response" | "assertion")[],
  encrypted: boolean,
): VerifiedAssertion {
  const { id, issuer, issuedAt, nameId, attributes, unreadable, authentications } = facts;
  const ends = authentications.flatMap(({ sessionEndsAt }) => sessionEndsAt ?? []);
  const sessionIndex = authentications[0]?.sessionIndex;
  return {
    id,
    issuer,
    issuedAt,
    nameId: { value: nameId.value, ...(nameId.format === undefined ? {} : { format: nameId.format }) },
    attributes,
    unreadable,
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
    ...(ends.length === 0 ? {} : { sessionEndsAt: Math.min(...ends) }),
    authenticatedAt: Math.min(...authentications.map(({ at }) => at)),
    authnContexts: authentications.flatMap(({ contexts }) => contexts),
    acceptableUntil,
    signed,
    encrypted,
  };
}
