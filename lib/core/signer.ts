/** Signs with a key that cannot be exported. RSASSA-PKCS1-v1_5 with SHA-256 throughout. */
export interface Signer {
  /** The X.509 certificate over the key, PEM, byte-stable between calls. */
  readonly certificate: string;
  /**
   * @param digest SHA-256 of what is to be signed, 32 bytes (KMS `MessageType=DIGEST`).
   * @returns The signature, as long as the modulus (256 bytes for RSA_2048).
   */
  sign(digest: Uint8Array): Promise<Uint8Array>;
}

/** Signs the digests of the audit trail with a key that cannot be exported. ECDSA on P-256 with SHA-256, DER. */
export interface Sealer {
  /** SubjectPublicKeyInfo, base 64 of its DER. */
  readonly publicKey: string;
  sign(digest: Uint8Array): Promise<Uint8Array>;
}

/** What a key is for; one key, one purpose (decision 13). */
export const KEY_PURPOSES = ["issuer-aws", "sp-sign", "sp-decrypt"] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** One key as the table knows it. `next` is published but not used; `retired` is published for overlap only. */
export interface KeyRecord {
  readonly purpose: KeyPurpose;
  /** KMS key id or ARN. */
  readonly keyId: string;
  /** X.509 certificate, PEM. */
  readonly certificate: string;
  readonly state: "active" | "next" | "retired";
  readonly createdAt: number;
}
