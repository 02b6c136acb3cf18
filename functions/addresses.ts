/**
 * Every route of `serverless.yml`, for whoever asks at a place where nobody listens: with it, a wrong method is told
 * from a wrong address. API Gateway itself does not tell them apart.
 */
export const ADDRESSES = [
  "GET /",
  "GET /.well-known/jwks.json",
  "GET /api/admin/access",
  "GET /api/admin/audit/events",
  "GET /api/admin/audit/export",
  "GET /api/admin/configuration",
  "GET /api/admin/connections",
  "POST /api/admin/connections/{connection}/approve",
  "POST /api/admin/connections/{connection}/end",
  "POST /api/admin/connections/{connection}/refresh",
  "POST /api/admin/apply",
  "GET /api/admin/drafts",
  "PUT /api/admin/drafts/{part}",
  "POST /api/admin/explain",
  "GET /api/admin/origins",
  "DELETE /api/admin/origins/{origin}",
  "POST /api/admin/plan",
  "GET /api/admin/proposals",
  "GET /api/admin/proposals/{proposal}",
  "POST /api/admin/proposals/{proposal}/approve",
  "POST /api/admin/proposals/{proposal}/reject",
  "GET /api/admin/scheduled",
  "GET /api/admin/scheduled/{scheduled}",
  "POST /api/admin/scheduled/{scheduled}/cancel",
  "GET /api/admin/versions",
  "GET /api/admin/versions/{version}",
  "GET /api/admin/versions/{version}/diff",
  "GET /api/admin/versions/{version}/objects",
  "POST /api/admin/versions/{version}/plan",
  "POST /api/admin/versions/{version}/rollback",
  "GET /api/admin/why",
  "GET /api/credentials/{accountId}/{role}",
  "POST /api/credentials/{accountId}/{role}",
  "GET /api/login/approve",
  "GET /api/login/authorize",
  "POST /api/login/token",
  "GET /api/openapi.json",
  "GET /api/roles",
  "GET /api/schema/{kind}",
  "GET /api/why",
  "GET /assets/{file}",
  "GET /console",
  "GET /credentials",
  "POST /credentials",
  "GET /favicon.ico",
  "GET /healthz",
  "GET /oidc/{connection}/callback",
  "GET /oidc/{connection}/initiate",
  "POST /oidc/{connection}/initiate",
  "GET /robots.txt",
  "POST /saml/{connection}/acs",
  "GET /saml/idp/metadata",
  "GET /saml/{connection}/metadata",
  "GET /signin",
  "GET /signin/{connection}",
  "GET /signout",
  "POST /signout",
  "GET /start",
  "GET /why",
] as const;

/** Methods that are answered at a path; none where nothing is. */
export function methodsAt(path: string): readonly string[] {
  const asked = path.split("/");
  const methods = ADDRESSES.flatMap((address) => {
    const [method = "", route = ""] = address.split(" ");
    return fits(route.split("/"), asked) ? [method] : [];
  });
  return [...new Set(methods)];
}

const fits = (route: readonly string[], asked: readonly string[]): boolean =>
  route.length === asked.length &&
  route.every((part, place) => (part.startsWith("{") ? asked[place] !== "" : part === asked[place]));
