import { constants, privateDecrypt } from "node:crypto";
import type { Expected } from "../../lib/saml/response.ts";

/** RSA-OAEP decryption as a connection's key store does it. */
export const unwrapWith =
  (key: string): NonNullable<Expected["unwrapKey"]> =>
  async (wrapped, hash) =>
    privateDecrypt({ key, oaepHash: hash, padding: constants.RSA_PKCS1_OAEP_PADDING }, wrapped);
