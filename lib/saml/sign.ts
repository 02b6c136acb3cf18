import { createHash } from "node:crypto";
import type { Signer } from "../core/signer.ts";
import { DSIG, ENVELOPED, EXC_C14N } from "./names.ts";
import { certificateBody } from "./pem.ts";

export const RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";

/**
 * The enveloped signature over the element of an id.
 *
 * @param digest SHA-256 of the element in exclusive canonical form without the signature, base64.
 * @returns A `ds:Signature` element that carries the signer's certificate.
 * @see https://www.w3.org/TR/xmldsig-core1/
 */
export async function signatureOver(id: string, digest: string, signer: Signer): Promise<string> {
  const parts =
    `<ds:CanonicalizationMethod Algorithm="${EXC_C14N}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${RSA_SHA256}"></ds:SignatureMethod>` +
    `<ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="${ENVELOPED}"></ds:Transform>` +
    `<ds:Transform Algorithm="${EXC_C14N}"></ds:Transform></ds:Transforms>` +
    `<ds:DigestMethod Algorithm="${SHA256}"></ds:DigestMethod>` +
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  // Alone, SignedInfo declares the prefix that it inherits where it stands.
  const canonical = `<ds:SignedInfo xmlns:ds="${DSIG}">${parts}`;
  const value = await signer.sign(createHash("sha256").update(canonical).digest());
  return (
    `<ds:Signature xmlns:ds="${DSIG}"><ds:SignedInfo>${parts}` +
    `<ds:SignatureValue>${Buffer.from(value).toString("base64")}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificateBody(signer.certificate)}` +
    "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
  );
}
