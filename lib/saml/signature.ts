import { hash, verify } from "node:crypto";
import { Refusal } from "../core/errors.ts";
import { DIGEST_ALGORITHMS, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from "./algorithms.ts";
import { canonicalize } from "./c14n.ts";
import { decodeBase64 } from "./gate.ts";
import { DSIG, ENVELOPED, EXC_C14N, EXC_C14N_COMMENTS } from "./names.ts";
import { attribute, elementsOf, is, quoted, textOf } from "./tree.ts";
import type { TrustedKey } from "./trusted-keys.ts";
import type { XmlElement } from "./xml.ts";
import { isName } from "./xml-text.ts";

/** Prefixes in one PrefixList. */
const MOST_PREFIXES = 16;

/** What a Signature element says, its shape being the one shape we accept. */
interface ReadSignature {
  readonly signedInfo: XmlElement;
  /** PrefixList of the CanonicalizationMethod, for SignedInfo itself. */
  readonly prefixes: readonly string[];
  readonly algorithm: SignatureAlgorithm;
  readonly reference: XmlElement;
  readonly value: Buffer;
}

/**
 * Verifies one enveloped signature over the element that holds it.
 *
 * Only this shape is accepted: SignedInfo, SignatureValue and perhaps a KeyInfo, which is not read; one Reference to
 * the ID of `target`; the enveloped-signature transform and exclusive canonicalization, in this order. What is
 * digested is the very tree that values are read from afterwards.
 *
 * @param signature A `ds:Signature` that is a child of `target`.
 * @throws {Refusal} `saml_signature_malformed`, `_algorithm`, `_reference`, `_transform`, `_digest`, `_invalid`.
 * @see https://www.w3.org/TR/xmldsig-core1/ and saml-core-2.0-os section 5.4
 */
export function verifySignature(
  signature: XmlElement,
  target: XmlElement,
  keys: readonly TrustedKey[],
): void {
  const read = readSignature(signature);
  checkReference(read.reference, target, signature);
  const bytes = Buffer.from(canonicalize(read.signedInfo, read.prefixes));
  const proven = keys.some((candidate) => verifies(candidate, read, bytes));
  if (!proven) throw new Refusal("saml_signature_invalid", { element: target.local, keys: keys.length });
}

/** A key counts for its own family of algorithms alone. */
function verifies({ family, key }: TrustedKey, { algorithm, value }: ReadSignature, bytes: Buffer): boolean {
  if (family !== algorithm.family) return false;
  // node:crypto takes twice as long for a key within options, which RSA does not need.
  return verify(algorithm.hash, bytes, family === "rsa" ? key : { key, dsaEncoding: "ieee-p1363" }, value);
}

function malformed(reason: string): never {
  throw new Refusal("saml_signature_malformed", { reason });
}

const partsOf = (element: XmlElement): XmlElement[] => elementsOf(element, "saml_signature_malformed");

/** The children of an element, which must be exactly these three, in this order; the last may be left out. */
function three(
  element: XmlElement,
  names: readonly [string, string, string],
  last: "required" | "optional",
): readonly [XmlElement, XmlElement, XmlElement | undefined] {
  const [first, second, third, ...more] = partsOf(element);
  const right =
    first !== undefined &&
    is(first, DSIG, names[0]) &&
    second !== undefined &&
    is(second, DSIG, names[1]) &&
    (third === undefined ? last === "optional" : is(third, DSIG, names[2])) &&
    more.length === 0;
  return right ? [first, second, third] : malformed(element.local);
}

function readSignature(signature: XmlElement): ReadSignature {
  const [signedInfo, value] = three(signature, ["SignedInfo", "SignatureValue", "KeyInfo"], "optional");
  const references = partsOf(signedInfo).filter((part) => is(part, DSIG, "Reference"));
  if (references.length !== 1) throw new Refusal("saml_signature_reference", { count: references.length });
  const [method, algorithm, reference] = three(
    signedInfo,
    ["CanonicalizationMethod", "SignatureMethod", "Reference"],
    "required",
  );
  return {
    signedInfo,
    prefixes: prefixesOf(method),
    algorithm: readAlgorithm(algorithm),
    reference: reference ?? malformed("Reference"),
    value: bytesOf(value),
  };
}

/** HMACOutputLength and every other parameter of an algorithm are children: there are none. */
function readAlgorithm(method: XmlElement): SignatureAlgorithm {
  const name = attribute(method, "Algorithm");
  const algorithm = SIGNATURE_ALGORITHMS.get(name ?? "");
  if (algorithm === undefined || partsOf(method).length > 0)
    throw new Refusal("saml_signature_algorithm", { algorithm: quoted(name) });
  return algorithm;
}

function bytesOf(element: XmlElement): Buffer {
  const text = textOf(element)?.replace(/[ \t\r\n]+/g, "");
  return (text === undefined ? undefined : decodeBase64(text)) ?? malformed(element.local);
}

function checkReference(reference: XmlElement, target: XmlElement, signature: XmlElement): void {
  const id = attribute(target, "ID");
  if (id === undefined || id === "" || attribute(reference, "URI") !== `#${id}`)
    throw new Refusal("saml_signature_reference", { reason: "another element" });
  const [transforms, method, value] = three(
    reference,
    ["Transforms", "DigestMethod", "DigestValue"],
    "required",
  );
  const prefixes = transformPrefixes(transforms);
  const actual = hash(readDigest(method), canonicalize(target, prefixes, signature), "buffer");
  if (!actual.equals(bytesOf(value ?? malformed("Reference"))))
    throw new Refusal("saml_signature_digest", { element: target.local });
}

function readDigest(method: XmlElement): SignatureAlgorithm["hash"] {
  const name = attribute(method, "Algorithm");
  const digest = DIGEST_ALGORITHMS.get(name ?? "");
  if (digest === undefined || partsOf(method).length > 0)
    throw new Refusal("saml_signature_algorithm", { algorithm: quoted(name) });
  return digest;
}

/** @returns The PrefixList of the one canonicalization. */
function transformPrefixes(transforms: XmlElement): readonly string[] {
  const [enveloped, exclusive, ...more] = partsOf(transforms);
  const right =
    enveloped !== undefined &&
    is(enveloped, DSIG, "Transform") &&
    attribute(enveloped, "Algorithm") === ENVELOPED &&
    partsOf(enveloped).length === 0 &&
    exclusive !== undefined &&
    is(exclusive, DSIG, "Transform") &&
    more.length === 0;
  if (!right) throw new Refusal("saml_signature_transform", { reason: "not enveloped, then exclusive" });
  return prefixesOf(exclusive);
}

/** Demands exclusive canonicalization of a method or transform. @returns Its PrefixList. */
function prefixesOf(method: XmlElement): readonly string[] {
  const name = attribute(method, "Algorithm");
  if (name !== EXC_C14N && name !== EXC_C14N_COMMENTS)
    throw new Refusal("saml_signature_transform", { algorithm: quoted(name) });
  const [namespaces, ...more] = partsOf(method);
  if (namespaces === undefined) return [];
  const list = attribute(namespaces, "PrefixList");
  if (more.length > 0 || !is(namespaces, EXC_C14N, "InclusiveNamespaces") || list === undefined)
    throw new Refusal("saml_signature_transform", { reason: "parameters" });
  const prefixes = list.split(" ").filter(Boolean);
  if (prefixes.length > MOST_PREFIXES || !prefixes.every((one) => one === "#default" || isName(one)))
    throw new Refusal("saml_signature_transform", { reason: "PrefixList" });
  return prefixes;
}
