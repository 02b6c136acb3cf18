import { createHash, X509Certificate } from "node:crypto";
import { newSecret } from "../core/secret.ts";
import type { Signer } from "../core/signer.ts";
import type { Clock } from "../core/time.ts";

/** A client assertion is good for this long, seconds; it is used at once. */
const ASSERTION_SECONDS = 60;

const base64url = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64url");

/** SHA-256 of a certificate, base64url: the JOSE header and member `x5t#S256`, and the `kid` of our keys. */
const thumbprint = (certificate: X509Certificate): string =>
  base64url(createHash("sha256").update(certificate.raw).digest());

/** Our own public key as a provider reads it at `/.well-known/jwks.json`. */
export interface PublishedKey {
  readonly kty: "RSA";
  readonly use: "sig";
  readonly alg: "RS256";
  readonly kid: string;
  readonly n: string;
  readonly e: string;
  readonly x5c: readonly string[];
  readonly "x5t#S256": string;
}

/**
 * One entry of our JWK set.
 *
 * @param certificate X.509 certificate over an RSA key, PEM.
 * @throws {TypeError} when the key is not RSA.
 * @see https://www.rfc-editor.org/rfc/rfc7517#section-4
 */
export function publishedKey(certificate: string): PublishedKey {
  const x509 = new X509Certificate(certificate);
  const { n, e } = x509.publicKey.export({ format: "jwk" });
  if (typeof n !== "string" || typeof e !== "string") throw new TypeError("private_key_jwt needs an RSA key");
  const kid = thumbprint(x509);
  const x5c = [x509.raw.toString("base64")];
  return { kty: "RSA", use: "sig", alg: "RS256", kid, n, e, x5c, "x5t#S256": kid };
}

/** A compact JWS, RS256; `sign` receives the SHA-256 of the signing input, and the input itself. */
export async function compactJws(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  sign: (digest: Uint8Array, input: Uint8Array) => Promise<Uint8Array>,
): Promise<string> {
  const input = `${base64url(JSON.stringify({ alg: "RS256", typ: "JWT", ...header }))}.${base64url(JSON.stringify(claims))}`;
  const digest = createHash("sha256").update(input).digest();
  return `${input}.${base64url(await sign(digest, Buffer.from(input)))}`;
}

/**
 * Proves who the broker is to a token endpoint, with a key that cannot be exported.
 *
 * @param audience The token endpoint it is sent to, as Entra and Okta ask.
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-3
 */
export function clientAssertion(
  signer: Signer,
  {
    clientId,
    audience,
    clock,
  }: { readonly clientId: string; readonly audience: string; readonly clock: Clock },
): Promise<string> {
  const now = clock.now();
  const kid = thumbprint(new X509Certificate(signer.certificate));
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    jti: newSecret(),
    iat: now,
    nbf: now,
    exp: now + ASSERTION_SECONDS,
  };
  return compactJws({ kid, "x5t#S256": kid }, claims, (digest) => signer.sign(digest));
}

/** Value of `client_assertion_type`. */
export const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Value of `grant_type` where an assertion of ours buys an access token. @see https://www.rfc-editor.org/rfc/rfc7523#section-2.1 */
export const JWT_BEARER_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
