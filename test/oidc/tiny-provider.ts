import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** 2026-11-22T09:41:00Z; every clock of these tests stands here. */
export const NOW = 1_795_340_460;

export type Json = Record<string, unknown>;

/** How this provider misbehaves; each field changes one thing it would have said. */
export interface Conduct {
  claims?: (claims: Json) => Json;
  header?: Json;
  /** Signs instead of the provider. */
  sign?: (claims: Json, keys: Keys) => Promise<string>;
  tokenAnswer?: (answer: Json) => Json;
  discovery?: (document: Json) => Json;
  jwks?: (keys: JWK[]) => unknown;
  /** Handles a request itself when it returns true. */
  intercept?: (path: string, response: ServerResponse) => boolean;
  /** Changes the callback's parameters. */
  callback?: (parameters: URLSearchParams) => void;
}

interface Keys {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
  readonly otherKey: CryptoKey;
}

/** An OpenID provider of 150 lines, for real HTTP, whose every answer a test may change. */
export interface TinyProvider {
  readonly issuer: string;
  readonly host: string;
  readonly keys: Keys;
  /** Paths asked for, in order. */
  readonly asked: string[];
  /** Last token request: form and headers. */
  lastToken: { form: URLSearchParams; authorization: string | undefined } | undefined;
  conduct: Conduct;
  /** What a browser with a signed-in person does with our redirect: returns the query of the callback. */
  authorize(url: string): string;
}

let made: Promise<Keys> | undefined;

/** One pair of keys for all tests of a process. */
function sharedKeys(): Promise<Keys> {
  made ??= (async () => {
    const [mine, other] = await Promise.all([
      generateKeyPair("RS256", { extractable: true }),
      generateKeyPair("RS256", { extractable: true }),
    ]);
    const publicJwk = { ...(await exportJWK(mine.publicKey)), kid: "k1", use: "sig", alg: "RS256" };
    return { privateKey: mine.privateKey, otherKey: other.privateKey, publicJwk };
  })();
  return made;
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
};

export const genuineClaims = (issuer: string, nonce: string): Json => ({
  iss: issuer,
  aud: "client-1",
  sub: "person-1",
  nonce,
  iat: NOW,
  exp: NOW + 300,
  auth_time: NOW - 20,
  name: "Akira Sato",
  email: "akira@example.com",
  groups: ["sre", "dev"],
  amr: ["pwd"],
});

const sign = (claims: Json, key: CryptoKey, header: Json = {}): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k1", ...header }).sign(key);

export const signWith = sign;

interface Code {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

async function idToken(provider: TinyProvider, nonce: string): Promise<string> {
  const { conduct, keys, issuer } = provider;
  const claims = (conduct.claims ?? ((same) => same))(genuineClaims(issuer, nonce));
  return conduct.sign ? conduct.sign(claims, keys) : sign(claims, keys.privateKey, conduct.header);
}

async function token(
  provider: TinyProvider,
  codes: Map<string, Code>,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const form = await readForm(request);
  provider.lastToken = { form, authorization: request.headers.authorization };
  const code = codes.get(form.get("code") ?? "");
  codes.delete(form.get("code") ?? "");
  const challenge = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  if (!code || challenge !== code.challenge || form.get("redirect_uri") !== code.redirectUri)
    return answer(response, 400, { error: "invalid_grant", error_description: "akira@example.com" });
  const genuine = { access_token: "a", token_type: "Bearer", id_token: await idToken(provider, code.nonce) };
  answer(response, 200, (provider.conduct.tokenAnswer ?? ((same) => same))(genuine));
}

const discovery = ({ issuer, conduct }: TinyProvider): Json =>
  (conduct.discovery ?? ((same) => same))({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
    response_types_supported: ["code"],
    id_token_signing_alg_values_supported: ["RS256", "none", "HS256"],
    token_endpoint_auth_methods_supported: ["client_secret_post"],
    acr_values_supported: ["urn:okta:loa:1fa:any", "urn:okta:loa:2fa:any"],
  });

/** Starts a provider on a free port of 127.0.0.1; `path` makes its issuer more than an origin. */
export async function startTinyProvider(t: Pick<TestContext, "after">, path = ""): Promise<TinyProvider> {
  const keys = await sharedKeys();
  const codes = new Map<string, Code>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", provider.issuer).pathname;
    provider.asked.push(url);
    if (provider.conduct.intercept?.(url, response)) return;
    if (url.endsWith("/.well-known/openid-configuration")) return answer(response, 200, discovery(provider));
    if (url.endsWith("/jwks")) return answer(response, 200, jwks(provider));
    if (url.endsWith("/token")) return void token(provider, codes, request, response);
    answer(response, 404, {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  let count = 0;
  const provider: TinyProvider = {
    issuer: `http://${host}${path}`,
    host,
    keys,
    asked: [],
    lastToken: undefined,
    conduct: {},
    authorize(text) {
      const { searchParams: asked } = new URL(text);
      const code = `code-${++count}`;
      codes.set(code, {
        nonce: asked.get("nonce") ?? "",
        challenge: asked.get("code_challenge") ?? "",
        redirectUri: asked.get("redirect_uri") ?? "",
      });
      const parameters = new URLSearchParams({ code, state: asked.get("state") ?? "" });
      provider.conduct.callback?.(parameters);
      return parameters.toString();
    },
  };
  return provider;
}

const jwks = ({ keys, conduct }: TinyProvider): unknown =>
  conduct.jwks ? conduct.jwks([keys.publicJwk]) : { keys: [keys.publicJwk] };
