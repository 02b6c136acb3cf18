import { createPublicKey, type KeyObject } from "node:crypto";
import { DEMO_SECRETS } from "../environment.ts";
import type { Running } from "../gateway.ts";
import { type Account, GOOGLE_ACCOUNTS, GOOGLE_NESTED } from "./accounts.ts";
import { openDirectory } from "./directory.ts";
import type { Keyring } from "./keys.ts";
import { cookieNames, openProvider } from "./openid.ts";
import { type Face, faultPage } from "./pages.ts";
import { openPeople } from "./people.ts";
import { html, type Site, startSite } from "./site.ts";

export const GOOGLE_CLIENT = "697000000042-sekishodemo.apps.googleusercontent.com";
export const GOOGLE_DOMAIN = "example.com";
export const GOOGLE_ADMIN = "admin@example.com";
const SERVICE_ACCOUNT = "sekisho-groups@sekisho-demo.iam.gserviceaccount.com";

const FACE: Face = { title: "Demo Google Workspace", hue: 150, tellsMfa: false };

export interface GoogleOptions {
  readonly port: number;
  readonly brokerUrl: string;
  readonly keyring: Keyring;
}

/**
 * An OpenID provider that behaves as Google does: numeric `sub`, `hd`, no groups, no `amr`, no `iss` in responses; the
 * Directory API at `/admin/directory/v1` for a service account with domain-wide delegation.
 */
export async function startGoogle(options: GoogleOptions): Promise<Running> {
  const origin = `http://127.0.0.1:${options.port}`;
  const people = openPeople({
    face: FACE,
    accounts: GOOGLE_ACCOUNTS,
    cookieName: "google_sid",
    alsoClear: Object.values(cookieNames("google")).flatMap((name) => [name, `${name}.sig`]),
    tiles: [{ title: "AWS", about: "the list of your roles", href: `${options.brokerUrl}/signin/google` }],
  });
  const client = {
    id: GOOGLE_CLIENT,
    secret: DEMO_SECRETS.GOOGLE_CLIENT_SECRET,
    redirectUri: `${options.brokerUrl}/oidc/google/callback`,
  };
  const openid = await openProvider({
    issuer: origin,
    keyring: options.keyring,
    keyName: "google",
    client,
    people,
    routes: {
      authorization: "/o/oauth2/v2/auth",
      token: "/token",
      userinfo: "/v1/userinfo",
      jwks: "/oauth2/v3/certs",
    },
    scopes: SCOPES,
    claims: claimsOf,
    discovery: published,
  });
  const directory = openDirectory({
    serviceAccount: SERVICE_ACCOUNT,
    publicKey: createPublicKey(await options.keyring("google-service-account")),
    admin: GOOGLE_ADMIN,
    tokenUrl: `${origin}/token`,
    accounts: GOOGLE_ACCOUNTS,
    nested: GOOGLE_NESTED,
  });
  const site: Site = async (visit) => {
    const { path } = visit;
    if (path.startsWith("/admin/directory/")) return directory.answer(visit);
    if (path.startsWith("/interaction/")) return openid.interact(visit);
    if (path === "/token") {
      const body = await visit.text();
      return (await directory.token(new URLSearchParams(body))) ?? openid.hand(visit, "", path, body);
    }
    const own = await people.visit(visit);
    if (own) return own;
    if (/^\/(?:o\/|oauth2\/|v1\/|\.well-known\/)/.test(path))
      return openid.hand(visit, "", visit.request.url ?? "/");
    return html(faultPage(FACE, "There is no page at this address."), { status: 404 });
  };
  return startSite(options.port, site);
}

const SCOPES = {
  openid: ["sub", "azp", "hd"],
  email: ["email", "email_verified"],
  profile: ["name", "given_name", "family_name"],
};

const claimsOf = (account: Account): Record<string, unknown> => ({
  sub: account.id,
  azp: GOOGLE_CLIENT,
  hd: GOOGLE_DOMAIN,
  email: account.email,
  email_verified: true,
  name: account.name,
  given_name: account.name,
});

function published(document: Record<string, unknown>): Record<string, unknown> {
  const { authorization_response_iss_parameter_supported: _, acr_values_supported: __, ...rest } = document;
  return { ...rest, token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"] };
}

/** The key file an administrator of Google Cloud downloads, as JSON text. */
export const serviceAccountFile = (key: KeyObject, tokenUrl: string): string =>
  JSON.stringify({
    type: "service_account",
    project_id: "sekisho-demo",
    private_key_id: "demo",
    private_key: key.export({ type: "pkcs8", format: "pem" }),
    client_email: SERVICE_ACCOUNT,
    client_id: "697000000042",
    token_uri: tokenUrl,
  });
