import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { exportJWK } from "jose";
import { type Interaction, interactionPolicy, Provider, type ProviderContext } from "oidc-provider";
import type { Account } from "./accounts.ts";
import type { Keyring } from "./keys.ts";
import { memoryAdapter } from "./memory-adapter.ts";
import { faultPage, signInPage } from "./pages.ts";
import type { People } from "./people.ts";
import type { Session } from "./sessions.ts";
import { type Answer, html, type Visit } from "./site.ts";

/** What tells one vendor's OpenID provider from another's. */
export interface OpenIdOptions {
  readonly issuer: string;
  readonly keyring: Keyring;
  readonly keyName: string;
  readonly client: { readonly id: string; readonly secret: string; readonly redirectUri: string };
  /** Where endpoints lie, below the mount. */
  readonly routes: Readonly<Record<"authorization" | "token" | "userinfo" | "jwks", string>>;
  /** Pairwise subject, or none where the subject is public. */
  readonly pairwise?: (accountId: string, clientId: string) => string;
  readonly claims: (account: Account) => Record<string, unknown>;
  /** Claim names per scope, as they land in the ID token. */
  readonly scopes: Readonly<Record<string, readonly string[]>>;
  /** Takes out of the discovery document what the vendor does not publish, and adds what it does. */
  readonly discovery: (document: Record<string, unknown>) => Record<string, unknown>;
  readonly people: People;
}

/** An OpenID provider ready to be asked. */
export interface OpenId {
  /** Hands a request over, at a path below `mount`; a body that was read already is replayed. */
  hand(visit: Visit, mount: string, path: string, body?: string): Promise<undefined>;
  /** Answers `/interaction/{uid}`: signs in by the dashboard's session, or asks. */
  interact(visit: Visit): Promise<Answer | undefined>;
}

/** Names of the library's cookies, for a provider to end them with its own. */
export const cookieNames = (name: string): Record<"session" | "interaction" | "resume", string> => ({
  session: `${name}_op`,
  interaction: `${name}_interaction`,
  resume: `${name}_resume`,
});

const wantsMfa = (params: Readonly<Record<string, string | undefined>>): boolean =>
  params.acr_values !== undefined || /"(?:amr|acrs?)"/.test(params.claims ?? "");

/** An OpenID provider on the oidc-provider package: code flow alone, no consent, no `iss` in responses. */
export async function openProvider(options: OpenIdOptions): Promise<OpenId> {
  const { people } = options;
  const key = await options.keyring(options.keyName);
  const provider = new Provider(options.issuer, {
    ...(await configuration(options)),
    jwks: { keys: [{ ...(await exportJWK(key)), use: "sig", alg: "RS256" }] },
  });
  provider.use(async (ctx, next) => {
    await next();
    dropIssuer(ctx);
    if (ctx.path.endsWith("/.well-known/openid-configuration") && typeof ctx.body === "object")
      ctx.body = options.discovery(ctx.body as Record<string, unknown>);
  });
  provider.on("server_error", (_, error) => console.error(error));
  const callback = provider.callback();

  const finish = async (
    visit: Visit,
    { account, mfa }: Pick<Session, "account" | "mfa">,
  ): Promise<undefined> => {
    const login = { accountId: account.id, amr: mfa ? ["pwd", "mfa"] : ["pwd"], remember: true };
    await provider.interactionFinished(visit.request, visit.response, { login });
    return undefined;
  };

  return {
    async hand({ request, response }, mount, path, body) {
      const handed = body === undefined ? request : replay(request, body);
      Object.assign(handed, { originalUrl: mount + path, url: path });
      await callback(handed, response);
      return undefined;
    },
    async interact(visit) {
      const interaction = await provider.interactionDetails(visit.request, visit.response);
      const form = visit.method === "POST" ? await visit.form() : undefined;
      const good = form && people.checkForm(form);
      if (good) {
        visit.response.setHeader("set-cookie", people.sessions.open(good.account, good.mfa));
        return finish(visit, good);
      }
      const session = form ? undefined : people.sessions.find(visit);
      if (session && mayAnswer(session, interaction)) return finish(visit, session);
      return askToSignIn(people, interaction, form);
    },
  };
}

/** Whether the dashboard's session answers an interaction without another word. */
function mayAnswer({ mfa }: Session, { prompt, params }: Interaction): boolean {
  const again = params.prompt === "login" || prompt.reasons.some((reason) => reason !== "no_session");
  return !again && (mfa || !wantsMfa(params));
}

function askToSignIn(
  { face, accounts }: People,
  { uid, params }: Interaction,
  form: URLSearchParams | undefined,
): Answer {
  const page = signInPage(face, accounts, {
    action: `/interaction/${uid}`,
    hidden: {},
    fault: form && "Name and password do not match an account here.",
    username: form?.get("username") ?? params.login_hint ?? "",
    wantsMfa: face.tellsMfa && wantsMfa(params),
  });
  return html(page, form ? { status: 401 } : {});
}

/** A request whose body was read already, as the library can read it once more. */
function replay(request: Visit["request"], body: string): Visit["request"] {
  const { headers, method, socket, httpVersion, rawHeaders } = request;
  const again = Readable.from([Buffer.from(body)], { objectMode: false });
  return Object.assign(again, {
    headers,
    method,
    socket,
    httpVersion,
    rawHeaders,
  }) as unknown as Visit["request"];
}

/** Takes RFC 9207's `iss` out of a redirect back to the client: these vendors do not send it. */
function dropIssuer(ctx: ProviderContext): void {
  const location = ctx.response.get("location");
  if (!/[?&](?:code|error)=/.test(location)) return;
  const url = new URL(location);
  url.searchParams.delete("iss");
  ctx.set("location", url.href);
}

async function configuration(options: OpenIdOptions): Promise<Record<string, unknown>> {
  const { client, people, pairwise } = options;
  const accountOf = (accountId: string) => people.accounts.find(({ id }) => id === accountId);
  return {
    adapter: memoryAdapter(),
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [client.redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: "client_secret_post",
        ...(pairwise ? { subject_type: "pairwise" } : {}),
      },
    ],
    ...(pairwise
      ? {
          subjectTypes: ["pairwise"],
          pairwiseIdentifier: async (_: unknown, accountId: string, { clientId }: { clientId: string }) =>
            pairwise(accountId, clientId),
        }
      : {}),
    claims: options.scopes,
    // These vendors put everything into the ID token.
    conformIdTokenClaims: false,
    scopes: ["openid", "profile", "email", "offline_access"],
    cookies: {
      keys: [randomBytes(32).toString("base64url")],
      names: cookieNames(options.keyName),
    },
    routes: options.routes,
    interactions: {
      url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}`,
      policy: policyWithSecondFactor(people),
    },
    findAccount: async (_: unknown, accountId: string) => {
      const account = accountOf(accountId);
      return account && { accountId, claims: async () => options.claims(account) };
    },
    loadExistingGrant: grantEverything,
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      rpInitiatedLogout: { enabled: false },
    },
    pkce: { required: () => false },
    clientBasedCORS: () => false,
    renderError: async (ctx: ProviderContext, { error_description: text, error }: Record<string, string>) => {
      ctx.type = "html";
      ctx.body = faultPage(people.face, text ?? error ?? "The request cannot be answered.");
    },
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      IdToken: 3600,
      Interaction: 3600,
      Session: 86_400,
      Grant: 86_400,
    },
  };
}

/** No consent page: an administrator consented for everybody, as companies do. */
async function grantEverything(ctx: ProviderContext) {
  const { provider, client, session, params } = ctx.oidc;
  if (!client || !session?.accountId) return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params?.scope ?? "openid");
  grant.addOIDCClaims(["amr", "acr", "acrs", "groups"]);
  await grant.save();
  return grant;
}

/** A session without second factor does not do where the application asks for one; asked once, never in a circle. */
function policyWithSecondFactor(people: People) {
  const policy = interactionPolicy.base();
  const lacks = ({ oidc }: ProviderContext): boolean =>
    people.face.tellsMfa &&
    oidc.result?.login === undefined &&
    wantsMfa(oidc.params ?? {}) &&
    !oidc.session?.amr?.includes("mfa");
  policy
    .get("login")
    .checks.add(
      new interactionPolicy.Check(
        "second_factor",
        "a second factor is asked for",
        "interaction_required",
        lacks,
      ),
    );
  return policy;
}
