import type { Running } from "../../infra/local/gateway.ts";
import { type Account, OKTA_ACCOUNTS } from "../../infra/local/idp/accounts.ts";
import { openKeyring } from "../../infra/local/idp/keys.ts";
import { cookieNames, openProvider } from "../../infra/local/idp/openid.ts";
import { openPeople } from "../../infra/local/idp/people.ts";
import { html, startSite } from "../../infra/local/idp/site.ts";

/** Registered as the page says: one redirect URI, a secret, a `groups` claim with a filter. */
interface OktaClient {
  readonly port: number;
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

/** The org's authorization server as Okta runs it: `sub` is the person's id, `amr` with `mfa`, groups by name. */
export async function startOktaOpenId({ port, id, secret, redirectUri }: OktaClient): Promise<Running> {
  const people = openPeople({
    face: { title: "Okta by OpenID Connect", hue: 225, tellsMfa: true },
    accounts: OKTA_ACCOUNTS,
    cookieName: "okta_openid_sid",
    alsoClear: Object.values(cookieNames("okta-openid")),
    tiles: [],
  });
  const openid = await openProvider({
    issuer: `http://127.0.0.1:${port}`,
    keyring: openKeyring(),
    keyName: "okta-openid",
    client: { id, secret, redirectUri },
    people,
    routes: {
      authorization: "/oauth2/v1/authorize",
      token: "/oauth2/v1/token",
      userinfo: "/oauth2/v1/userinfo",
      jwks: "/oauth2/v1/keys",
    },
    scopes: {
      openid: ["sub", "amr"],
      profile: ["name", "preferred_username"],
      email: ["email", "email_verified"],
      groups: ["groups"],
    },
    claims: claimsOf,
    discovery: ({ authorization_response_iss_parameter_supported: _, ...rest }) => rest,
  });
  return startSite(port, async (visit) => {
    if (visit.path.startsWith("/interaction/")) return openid.interact(visit);
    if (/^\/(?:oauth2\/|\.well-known\/)/.test(visit.path))
      return openid.hand(visit, "", visit.request.url ?? "/");
    return (await people.visit(visit)) ?? html("", { status: 404 });
  });
}

const claimsOf = (account: Account): Record<string, unknown> => ({
  sub: account.id,
  name: account.name,
  preferred_username: account.email,
  email: account.email,
  email_verified: true,
  groups: account.groups.map((name) => `aws-${name}`),
});
