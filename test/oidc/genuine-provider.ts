import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { exportJWK, generateKeyPair } from "jose";
import { Provider, type ProviderContext } from "oidc-provider";
import { memoryAdapter } from "../../infra/local/idp/memory-adapter.ts";

/** A provider on the oidc-provider package, whose one person signs in without being asked. */
export interface GenuineProvider {
  readonly issuer: string;
  readonly host: string;
  /** Follows a redirect of ours as a browser does, and returns the query of the callback. */
  browse(url: string, callback: string): Promise<string>;
}

const PERSON = "person-1";

async function grantEverything({ oidc }: ProviderContext) {
  if (!oidc.client || !oidc.session?.accountId) return undefined;
  const grant = new oidc.provider.Grant({
    clientId: oidc.client.clientId,
    accountId: oidc.session.accountId,
  });
  grant.addOIDCScope(oidc.params?.scope ?? "openid");
  await grant.save();
  return grant;
}

const configuration = (clients: readonly object[], jwk: object): Record<string, unknown> => ({
  adapter: memoryAdapter(),
  clients,
  jwks: { keys: [jwk] },
  claims: { openid: ["sub", "amr"], profile: ["name", "groups"], email: ["email"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["test"] },
  findAccount: async (_: unknown, accountId: string) => ({
    accountId,
    claims: async () => ({
      sub: accountId,
      name: "Akira Sato",
      groups: ["sre", "dev"],
      email: "akira@example.com",
    }),
  }),
  interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  loadExistingGrant: grantEverything,
  features: { devInteractions: { enabled: false } },
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256", "PS256"] },
  clientBasedCORS: () => false,
});

/** Starts it on a free port of 127.0.0.1. */
export async function startGenuineProvider(
  t: TestContext,
  clients: (issuer: string) => readonly object[],
  alg: "RS256" | "ES256" | "PS256" = "RS256",
): Promise<GenuineProvider> {
  let handle: (request: IncomingMessage, response: ServerResponse) => unknown = () => {};
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `http://${host}`;
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), alg, use: "sig" };
  const provider = new Provider(issuer, configuration(clients(issuer), jwk));
  const callback = provider.callback();
  handle = (request, response) =>
    request.url?.startsWith("/interaction/")
      ? provider.interactionFinished(request, response, { login: { accountId: PERSON, amr: ["pwd", "mfa"] } })
      : callback(request, response);
  return { issuer, host, browse };
}

async function browse(url: string, callback: string): Promise<string> {
  const cookies = new Map<string, string>();
  let at = url;
  for (let hop = 0; hop < 8; hop++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(at, { redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=");
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) throw new Error(`stopped at ${at}: ${response.status} ${await response.text()}`);
    at = new URL(location, at).href;
    if (at.startsWith(`${callback}?`)) return new URL(at).search.slice(1);
  }
  throw new Error("redirected in a circle");
}
