import { type ClientAuth, ClientSecretBasic, ClientSecretPost, None } from "openid-client";
import type { Signer } from "../core/signer.ts";
import type { Clock } from "../core/time.ts";
import { clientAssertion, JWT_BEARER } from "./client-assertion.ts";
import type { ProviderMetadata } from "./discovery.ts";

/** How the broker proves itself to a provider. */
export type ClientCredential =
  | { readonly kind: "secret"; readonly secret: () => Promise<string> }
  | { readonly kind: "key"; readonly signer: () => Promise<Signer> }
  /** A public client: PKCE alone. */
  | { readonly kind: "none" };

/** Form fields that prove the client to a token endpoint whose place of the secret is the body. */
export async function clientFields(
  credential: ClientCredential,
  {
    clientId,
    audience,
    clock,
  }: { readonly clientId: string; readonly audience: string; readonly clock: Clock },
): Promise<Readonly<Record<string, string>>> {
  switch (credential.kind) {
    case "secret":
      return { client_id: clientId, client_secret: await credential.secret() };
    case "key":
      return {
        client_id: clientId,
        client_assertion_type: JWT_BEARER,
        client_assertion: await clientAssertion(await credential.signer(), { clientId, audience, clock }),
      };
    case "none":
      return { client_id: clientId };
  }
}

/**
 * Client authentication for openid-client: the secret in the body where the provider takes it there, else in the
 * header (which is what a provider that lists no methods takes).
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication
 */
export async function authenticateClient(
  credential: ClientCredential,
  metadata: ProviderMetadata,
  { clientId, clock }: { readonly clientId: string; readonly clock: Clock },
): Promise<ClientAuth> {
  if (credential.kind === "none") return None();
  if (credential.kind === "secret") {
    const secret = await credential.secret();
    const takesPost = metadata.token_endpoint_auth_methods_supported?.includes("client_secret_post") === true;
    return takesPost ? ClientSecretPost(secret) : ClientSecretBasic(secret);
  }
  const audience = metadata.token_endpoint ?? metadata.issuer;
  return async (_server, _client, body) => {
    const fields = await clientFields(credential, { clientId, audience, clock });
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
  };
}
