import { type KeyObject, randomBytes } from "node:crypto";
import { type JWTPayload, jwtVerify } from "jose";
import type { Account } from "./accounts.ts";
import { type Answer, json, type Visit } from "./site.ts";

/** Google's Directory API as far as groups go, and the service-account grant of the token endpoint. */
export interface Directory {
  /** Answers the JWT bearer grant of RFC 7523; undefined for every other grant. */
  token(form: URLSearchParams): Promise<Answer | undefined>;
  answer(visit: Visit): Promise<Answer>;
}

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPE = "https://www.googleapis.com/auth/admin.directory.group.readonly";

/** Most groups on a page: so few that paging is seen. */
const PAGE = 2;

const fault = (code: number, message: string, reason: string): Answer =>
  json({ error: { code, message, errors: [{ message, domain: "global", reason }] } }, code);

export function openDirectory(options: {
  readonly serviceAccount: string;
  readonly publicKey: KeyObject;
  /** The administrator whom the service account may act as. */
  readonly admin: string;
  readonly tokenUrl: string;
  readonly accounts: readonly Account[];
  /** Groups by the group that is a member of them. */
  readonly nested: Readonly<Record<string, readonly string[]>>;
}): Directory {
  const tokens = new Map<string, number>();

  const groupsOf = (key: string): readonly string[] | undefined =>
    options.accounts.find(({ id, email }) => id === key || email === key)?.groups ??
    options.nested[key] ??
    (isGroup(key) ? [] : undefined);
  const isGroup = (key: string): boolean =>
    [...options.accounts.map(({ groups }) => groups), ...Object.values(options.nested)].some((groups) =>
      groups.includes(key),
    );

  return {
    async token(form) {
      if (form.get("grant_type") !== GRANT) return undefined;
      const refused = await refuseAssertion(options, form.get("assertion") ?? "");
      if (refused) return json({ error: "invalid_grant", error_description: refused }, 400);
      const token = randomBytes(32).toString("base64url");
      tokens.set(token, Date.now() + 3_599_000);
      return json({ access_token: token, expires_in: 3599, token_type: "Bearer" });
    },
    async answer(visit) {
      const token = /^Bearer (.+)$/.exec(visit.request.headers.authorization ?? "")?.[1];
      if ((tokens.get(token ?? "") ?? 0) < Date.now())
        return fault(401, "Request had invalid authentication credentials.", "authError");
      if (visit.path !== "/admin/directory/v1/groups") return fault(404, "Not Found", "notFound");
      const groups = groupsOf(visit.query.get("userKey") ?? "");
      return groups ? groupsPage(groups, visit.query) : fault(404, "Resource Not Found: userKey", "notFound");
    },
  };
}

function groupsPage(groups: readonly string[], query: URLSearchParams): Answer {
  const size = Math.min(Number(query.get("maxResults") ?? PAGE) || PAGE, PAGE);
  const from = Number(query.get("pageToken") ?? 0) || 0;
  const shown = groups.slice(from, from + size).map((email) => ({
    kind: "admin#directory#group",
    id: Buffer.from(email).toString("hex").slice(0, 15),
    email,
    name: email.split("@")[0],
  }));
  return json({
    kind: "admin#directory#groups",
    // Google leaves the member out when there is nothing to list.
    ...(shown.length > 0 ? { groups: shown } : {}),
    ...(from + size < groups.length ? { nextPageToken: String(from + size) } : {}),
  });
}

/** Why a service account's assertion is no good, or nothing. @see https://developers.google.com/identity/protocols/oauth2/service-account */
async function refuseAssertion(
  options: { serviceAccount: string; publicKey: KeyObject; admin: string; tokenUrl: string },
  assertion: string,
): Promise<string | undefined> {
  let claims: JWTPayload;
  try {
    ({ payload: claims } = await jwtVerify(assertion, options.publicKey, {
      algorithms: ["RS256"],
      issuer: options.serviceAccount,
      audience: options.tokenUrl,
      requiredClaims: ["iat", "exp"],
      clockTolerance: 60,
    }));
  } catch {
    return "Invalid JWT Signature.";
  }
  if ((claims.exp ?? 0) - (claims.iat ?? 0) > 3600)
    return "Invalid JWT: Token must be a short-lived token (60 minutes)";
  if (claims.sub !== options.admin) return "Not Authorized to access this resource/api";
  if (
    !String(claims.scope ?? "")
      .split(" ")
      .includes(SCOPE)
  )
    return "Invalid OAuth scope or ID token audience provided.";
  return undefined;
}
