import { createRequire } from "node:module";
import { join } from "node:path";
import type { Verify } from "./peer.ts";
import type { Traffic } from "./wire.ts";

/** What of @boxyhq/saml-jackson is used. It is installed on request and has no types here. */
interface Jackson {
  connectionAPIController: { createSAMLConnection(connection: object): Promise<unknown> };
  oauthController: {
    samlResponse(body: object): Promise<{ redirect_url?: string }>;
    token(body: object): Promise<{ access_token: string }>;
    userInfo(token: string): Promise<unknown>;
  };
}
type OpenJackson = (options: object) => Promise<Jackson>;

const CALLBACK = "http://localhost/callback";

/** The whole of its way, as an application behind it goes: response, code, token, the person. */
export async function openJackson({ acs, entityId, idp }: Traffic, folder: string): Promise<Verify> {
  const module: { default: OpenJackson | { default: OpenJackson } } = createRequire(
    join(folder, "package.json"),
  )("@boxyhq/saml-jackson");
  const open = typeof module.default === "function" ? module.default : module.default.default;
  const { origin, pathname } = new URL(acs);
  const { connectionAPIController, oauthController } = await open({
    externalUrl: origin,
    samlPath: pathname,
    samlAudience: entityId,
    db: { engine: "mem" },
    idpEnabled: true,
    noAnalytics: true,
    clientSecretVerifier: "bench",
  });
  const certificate = idp.certificate.replace(/-----[^-]+-----|\s/g, "");
  await connectionAPIController.createSAMLConnection({
    tenant: "bench",
    product: "bench",
    defaultRedirectUrl: CALLBACK,
    redirectUrl: [CALLBACK],
    rawMetadata: `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${idp.entityId}"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>`,
  });
  return async (SAMLResponse) => {
    const { redirect_url = "" } = await oauthController.samlResponse({ SAMLResponse, RelayState: "" });
    const code = new URL(redirect_url).searchParams.get("code");
    const token = await oauthController.token({
      grant_type: "authorization_code",
      client_id: "tenant=bench&product=bench",
      client_secret: "bench",
      redirect_uri: CALLBACK,
      code,
    });
    return oauthController.userInfo(token.access_token);
  };
}
