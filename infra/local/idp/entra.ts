import { createHash, randomBytes } from "node:crypto";
import { DEMO_SECRETS } from "../environment.ts";
import type { Running } from "../gateway.ts";
import { type Account, ENTRA_ACCOUNTS, ENTRA_TENANT } from "./accounts.ts";
import { openGraph } from "./graph.ts";
import type { Keyring } from "./keys.ts";
import { cookieNames, openProvider } from "./openid.ts";
import { type Face, faultPage } from "./pages.ts";
import { openPeople } from "./people.ts";
import { html, json, type Site, startSite, type Visit } from "./site.ts";

export const ENTRA_CLIENT = "5e715400-0000-4000-8000-00000000c11e";

const FACE: Face = { title: "Demo Entra", hue: 200, tellsMfa: true };

/** More groups than this do not fit into a token of Entra's. */
const MOST_GROUPS = 200;

export interface EntraOptions {
  readonly port: number;
  readonly brokerUrl: string;
  readonly keyring: Keyring;
}

const TENANT = `/${ENTRA_TENANT}`;
const DISCOVERY = `${TENANT}/v2.0/.well-known/openid-configuration`;
const TOKEN = `${TENANT}/oauth2/v2.0/token`;

/**
 * An OpenID provider that behaves as Entra ID's v2.0 endpoint does: pairwise `sub`, `oid` and `tid`, groups by object id
 * and overage above 200, no `iss` in responses, no word of PKCE; Microsoft Graph at `/v1.0`.
 */
export async function startEntra(options: EntraOptions): Promise<Running> {
  const origin = `http://127.0.0.1:${options.port}`;
  const people = openPeople({
    face: FACE,
    accounts: ENTRA_ACCOUNTS,
    cookieName: "entra_sid",
    alsoClear: Object.values(cookieNames("entra")).flatMap((name) => [name, `${name}.sig`]),
    tiles: [{ title: "AWS", about: "the list of your roles", href: `${options.brokerUrl}/signin/entra` }],
  });
  const client = {
    id: ENTRA_CLIENT,
    secret: DEMO_SECRETS.ENTRA_CLIENT_SECRET,
    redirectUri: `${options.brokerUrl}/oidc/entra/callback`,
  };
  const openid = await openProvider({
    issuer: `${origin}${TENANT}/v2.0`,
    keyring: options.keyring,
    keyName: "entra",
    client,
    people,
    routes: {
      authorization: "/oauth2/v2.0/authorize",
      token: "/oauth2/v2.0/token",
      userinfo: "/oidc/userinfo",
      jwks: "/discovery/v2.0/keys",
    },
    pairwise: (accountId, clientId) =>
      createHash("sha256").update(`${clientId}/${accountId}`).digest("base64url"),
    scopes: SCOPES,
    claims: claimsOf,
    discovery: publishedBy(origin),
  });
  const graph = openGraph({ client, tenant: ENTRA_TENANT, origin, accounts: ENTRA_ACCOUNTS });
  const tokens = async (visit: Visit) => {
    const body = await visit.text();
    const forGraph = graph.token(new URLSearchParams(body));
    return forGraph ?? openid.hand(visit, TENANT, visit.path.slice(TENANT.length), body);
  };
  const site: Site = async (visit) => {
    const { path } = visit;
    if (path.startsWith("/v1.0/")) return graph.answer(visit);
    if (path.startsWith("/interaction/")) return openid.interact(visit);
    if (path === TOKEN) return tokens(visit);
    if (path.startsWith(`${TENANT}/`)) return openid.hand(visit, TENANT, belowTenant(visit));
    if (path.endsWith("/.well-known/openid-configuration")) return json(UNKNOWN_TENANT, 400);
    return (await people.visit(visit)) ?? nothing();
  };
  return startSite(options.port, site);
}

/** The address below the mount; Entra's discovery document lies one folder deeper than the library's. */
const belowTenant = ({ path, request }: Visit): string =>
  path === DISCOVERY ? "/.well-known/openid-configuration" : (request.url ?? "").slice(TENANT.length);

const nothing = () => html(faultPage(FACE, "There is no page at this address."), { status: 404 });

const UNKNOWN_TENANT = {
  error: "invalid_tenant",
  error_description: "AADSTS90002: Tenant not found. This may happen if there are no active subscriptions.",
};

const SCOPES = {
  openid: ["sub", "oid", "tid", "ver", "nbf", "rh", "uti", "amr", "groups"],
  profile: ["name", "preferred_username"],
  email: ["email"],
};

function claimsOf(account: Account): Record<string, unknown> {
  const groups =
    account.groups.length > MOST_GROUPS
      ? {
          _claim_names: { groups: "src1" },
          // The address Entra still writes here is of a service that is gone; nobody may follow it.
          _claim_sources: {
            src1: {
              endpoint: `https://graph.windows.net/${ENTRA_TENANT}/users/${account.id}/getMemberObjects`,
            },
          },
        }
      : { groups: account.groups };
  return {
    sub: account.id,
    oid: account.id,
    tid: ENTRA_TENANT,
    ver: "2.0",
    nbf: Math.floor(Date.now() / 1000),
    rh: `1.${randomBytes(24).toString("base64url")}.`,
    uti: randomBytes(16).toString("base64url"),
    name: account.name,
    preferred_username: account.email,
    email: account.email,
    ...groups,
  };
}

const publishedBy =
  (origin: string) =>
  (document: Record<string, unknown>): Record<string, unknown> => {
    const {
      code_challenge_methods_supported: _,
      authorization_response_iss_parameter_supported: __,
      ...rest
    } = document;
    return {
      ...rest,
      issuer: `${origin}${TENANT}/v2.0`,
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
      tenant_region_scope: "NA",
      cloud_instance_name: "microsoftonline.com",
      msgraph_host: new URL(origin).host,
    };
  };
