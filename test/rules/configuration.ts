/** A small configuration with one of everything, which nothing is wrong with. */
export type Written = Record<string, unknown>;
export const OKTA = {
  kind: "Connection",
  id: "okta",
  protocol: "saml",
  metadata: { url: "https://okta.example.com/metadata" },
  claims: {
    groups: "groups",
    who: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    cost: "cost",
  },
  trusted: ["cost"],
};
export const CI = {
  kind: "Connection",
  id: "ci",
  protocol: "oidc",
  purpose: "workload",
  issuer: "https://ci.example.com",
  audiences: ["broker"],
  claims: { ref: "ref" },
};
export const PROD = {
  kind: "Account",
  id: "111111111111",
  name: "prod",
  path: "/prod",
  tags: { env: "prod" },
};
export const DEV = { kind: "Account", id: "222222222222", name: "dev", path: "/dev" };
export const ADMIN = { kind: "Role", name: "Admin", accounts: ["ou:/prod/**"] };
export const READ = { kind: "Role", name: "Read Only", roleName: "ReadOnly", accounts: ["ou:/**"] };
export const SCOPE = {
  kind: "Scope",
  id: "s3",
  parameters: { bucket: "[a-z]+" },
  policy: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::{bucket}/*" }],
  },
};
export const SRE = {
  kind: "Rule",
  id: "sre",
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: "sre" }],
  grant: { roles: ["Admin"], accounts: ["111111111111"] },
};
export const GOOD: readonly Written[] = [OKTA, CI, PROD, DEV, ADMIN, READ, SCOPE, SRE];
