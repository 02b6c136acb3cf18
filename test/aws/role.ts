import type { GrantedRole } from "../../lib/core/decision.ts";
import type { Identity } from "../../lib/core/identity.ts";
import type { PlacedRole } from "../../lib/core/role.ts";

export const NOW = 1_795_000_000;

export const granted: GrantedRole = {
  accountId: "111111111111",
  role: "Admin",
  rules: ["sre-prod"],
  sessionSeconds: 3600,
  tags: {},
};

export const placed: PlacedRole = {
  accountId: "111111111111",
  accountName: "prod",
  accountPath: "/prod",
  accountTags: {},
  partition: "aws",
  region: "eu-west-1",
  name: "Admin",
  roleArn: "arn:aws:iam::111111111111:role/sekisho-Admin",
  providerArn: "arn:aws:iam::111111111111:saml-provider/sekisho",
  maxSessionSeconds: 43_200,
  sourceIdentity: true,
  transitiveTags: [],
};

export const identity: Identity = {
  connection: "okta",
  kind: "person",
  subject: "taro@example.com",
  name: "taro@example.com",
  claims: {},
  unknown: [],
  amr: [],
  mfa: "unknown",
  notes: [],
};
