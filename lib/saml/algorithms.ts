/** How a signature is made: the family of its key and its hash. SHA-1, DSA and every HMAC are absent, so refused. */
export interface SignatureAlgorithm {
  readonly family: "rsa" | "ec";
  readonly hash: "sha256" | "sha384" | "sha512";
}

/** @see https://www.rfc-editor.org/rfc/rfc9231 */
export const SIGNATURE_ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ["http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", { family: "rsa", hash: "sha256" }],
  ["http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", { family: "rsa", hash: "sha384" }],
  ["http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", { family: "rsa", hash: "sha512" }],
  ["http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", { family: "ec", hash: "sha256" }],
  ["http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", { family: "ec", hash: "sha384" }],
  ["http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", { family: "ec", hash: "sha512" }],
]);

export const DIGEST_ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm["hash"]> = new Map([
  ["http://www.w3.org/2001/04/xmlenc#sha256", "sha256"],
  ["http://www.w3.org/2001/04/xmldsig-more#sha384", "sha384"],
  ["http://www.w3.org/2001/04/xmlenc#sha512", "sha512"],
]);

/** How the content of an EncryptedData is encrypted. 3DES is absent. */
export interface ContentCipher {
  readonly mode: "cbc" | "gcm";
  readonly keyBytes: 16 | 32;
}

export const CONTENT_CIPHERS: ReadonlyMap<string, ContentCipher> = new Map([
  ["http://www.w3.org/2001/04/xmlenc#aes128-cbc", { mode: "cbc", keyBytes: 16 }],
  ["http://www.w3.org/2001/04/xmlenc#aes256-cbc", { mode: "cbc", keyBytes: 32 }],
  ["http://www.w3.org/2009/xmlenc11#aes128-gcm", { mode: "gcm", keyBytes: 16 }],
  ["http://www.w3.org/2009/xmlenc11#aes256-gcm", { mode: "gcm", keyBytes: 32 }],
]);

/** RSA-OAEP as XML Encryption 1.0 has it (MGF1 with SHA-1 always), and as 1.1 has it (MGF named). RSA 1.5 is absent. */
export const OAEP_MGF1P = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
export const OAEP = "http://www.w3.org/2009/xmlenc11#rsa-oaep";

export const OAEP_DIGESTS: ReadonlyMap<string, "sha1" | "sha256"> = new Map([
  ["http://www.w3.org/2000/09/xmldsig#sha1", "sha1"],
  ["http://www.w3.org/2001/04/xmlenc#sha256", "sha256"],
]);
export const OAEP_MASKS: ReadonlyMap<string, "sha1" | "sha256"> = new Map([
  ["http://www.w3.org/2009/xmlenc11#mgf1sha1", "sha1"],
  ["http://www.w3.org/2009/xmlenc11#mgf1sha256", "sha256"],
]);
