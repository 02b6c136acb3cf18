import type { AssertionInput } from "../../lib/saml/assertion.ts";

export const NOW = 1_795_000_000;
export const ROLE = "https://aws.amazon.com/SAML/Attributes/Role";

/** What is said to AWS of one person in the genuine case. */
export const input: AssertionInput = {
  issuer: "https://broker.example.com/saml/idp/metadata",
  audience: "urn:amazon:webservices",
  recipient: "https://signin.aws.amazon.com/saml",
  nameId: "01HZZZZZZZZZZZZZZZZZZZZZZZ",
  issuedAt: NOW,
  redeemBefore: NOW + 120,
  authenticatedAt: NOW - 600,
  sessionEndsAt: NOW + 7200,
  attributes: [
    [ROLE, ["arn:aws:iam::111111111111:role/Admin,arn:aws:iam::111111111111:saml-provider/sekisho"]],
    ["https://aws.amazon.com/SAML/Attributes/RoleSessionName", ["taro.yamada"]],
    ["https://aws.amazon.com/SAML/Attributes/SourceIdentity", []],
    ["https://aws.amazon.com/SAML/Attributes/TransitiveTagKeys", ["team", "costCenter"]],
  ],
};
