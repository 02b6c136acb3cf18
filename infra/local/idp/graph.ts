import { randomBytes } from "node:crypto";
import type { Account } from "./accounts.ts";
import { type Answer, json, type Visit } from "./site.ts";

/** Microsoft Graph as far as group look-ups go, and the token endpoint's client-credentials grant for it. */
export interface Graph {
  /** Answers `grant_type=client_credentials`; undefined for every other grant. */
  token(form: URLSearchParams): Answer | undefined;
  answer(visit: Visit): Promise<Answer>;
}

/** Fewest groups on a page, so that paging is seen. */
const PAGE = 100;

const fault = (status: number, code: string, message: string): Answer =>
  json({ error: { code, message, innerError: { "request-id": randomBytes(8).toString("hex") } } }, status);

const tokenFault = (error: string, text: string, status = 400): Answer =>
  json({ error, error_description: text }, status);

export function openGraph(options: {
  readonly client: { readonly id: string; readonly secret: string };
  readonly tenant: string;
  readonly origin: string;
  readonly accounts: readonly Account[];
}): Graph {
  const { client, origin, tenant } = options;
  const tokens = new Map<string, number>();
  const scopes = [`${origin}/.default`, "https://graph.microsoft.com/.default"];

  const groupsPage = (account: Account, visit: Visit): Answer => {
    const size = Math.min(Number(visit.query.get("$top") ?? PAGE) || PAGE, PAGE);
    const from = Number(visit.query.get("$skiptoken") ?? 0) || 0;
    const value = account.groups.slice(from, from + size).map((id) => ({ id }));
    const next = new URL(`${origin}${visit.path}`);
    next.searchParams.set("$top", String(size));
    next.searchParams.set("$skiptoken", String(from + size));
    const more = from + size < account.groups.length ? { "@odata.nextLink": next.href } : {};
    return json({ "@odata.context": `${origin}/v1.0/$metadata#groups(id)`, ...more, value });
  };

  const memberObjects = async (account: Account, visit: Visit): Promise<Answer> => {
    const parsed = parse(await visit.text());
    if (typeof parsed?.securityEnabledOnly !== "boolean")
      return fault(400, "Request_BadRequest", "securityEnabledOnly is required.");
    return json({
      "@odata.context": `${origin}/v1.0/$metadata#Collection(Edm.String)`,
      value: account.groups,
    });
  };

  return {
    token(form) {
      if (form.get("grant_type") !== "client_credentials") return undefined;
      if (form.get("client_id") !== client.id || form.get("client_secret") !== client.secret)
        return tokenFault("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401);
      if (!scopes.includes(form.get("scope") ?? ""))
        return tokenFault("invalid_scope", "AADSTS1002012: The provided value for scope is not valid.");
      const token = randomBytes(32).toString("base64url");
      tokens.set(token, Date.now() + 3_599_000);
      return json({ token_type: "Bearer", expires_in: 3599, ext_expires_in: 3599, access_token: token });
    },
    async answer(visit) {
      const token = /^Bearer (.+)$/.exec(visit.request.headers.authorization ?? "")?.[1];
      if ((tokens.get(token ?? "") ?? 0) < Date.now())
        return fault(401, "InvalidAuthenticationToken", "Access token is empty or not valid.");
      const [, user, what = ""] = /^\/v1\.0\/users\/([^/]+)\/(\w+)/.exec(visit.path) ?? [];
      const account = options.accounts.find(({ id }) => id === user);
      if (!account) return fault(404, "Request_ResourceNotFound", `Resource '${user}' is not in ${tenant}.`);
      const asked = `${visit.method} ${what}`;
      if (asked === "POST getMemberObjects") return memberObjects(account, visit);
      if (asked === "GET transitiveMemberOf") return groupsPage(account, visit);
      return fault(400, "BadRequest", "This look-alike of Graph knows groups alone.");
    },
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
