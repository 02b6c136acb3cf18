import type { OidcConnection } from "../core/connection.ts";
import type { ClientCredential } from "../oidc/client-authentication.ts";
import type { Surroundings } from "./connector.ts";

/** How the broker proves itself to the provider of a connection; a key wins over a secret. */
export function credentialOf(
  { privateKeyJwt, clientSecret }: OidcConnection,
  { secret, spSigner }: Pick<Surroundings, "secret" | "spSigner">,
): ClientCredential {
  if (privateKeyJwt !== undefined) return { kind: "key", signer: spSigner };
  if (clientSecret !== undefined) return { kind: "secret", secret: () => secret(clientSecret) };
  return { kind: "none" };
}
