import assert from "node:assert/strict";
import test from "node:test";
import { type Parts, time } from "./assertion.ts";
import { assertRefused, DENIED, openFederation } from "./redeem.ts";

const { assertion, now, redeem } = await openFederation();

test("the genuine assertion passes", async () => {
  const answer = await redeem({ SAMLAssertion: assertion() });
  assert.deepEqual(answer, { status: 200, code: "", message: "" });
});

type Row = readonly [what: string, change: Partial<Parts>, message: string | RegExp];

const meant = (...audiences: string[]) => {
  const list = audiences.map((each) => `<saml:Audience>${each}</saml:Audience>`).join("");
  return `<saml:AudienceRestriction>${list}</saml:AudienceRestriction>`;
};
const to = (recipient: string) => ({ recipient: ` Recipient="${recipient}"` });
const secondConfirmation =
  '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData/></saml:SubjectConfirmation>';
const ISSUER = "Issuer not present in specified provider";
const AUDIENCE = "Response does not contain the required audience.";
const LATER = "Token is not yet valid";

const invalid: readonly Row[] = [
  ["from an unknown issuer", { issuer: "https://other", responseIssuer: "https://other" }, ISSUER],
  ["whose response names another issuer", { responseIssuer: "https://other" }, ISSUER],
  ["for another audience", { audience: meant("urn:other") }, AUDIENCE],
  ["for an audience that begins like AWS", { audience: meant("urn:amazon:webservices:x") }, AUDIENCE],
  ["for AWS and, once more, for another alone", { conditions: meant("urn:other") }, AUDIENCE],
  ["without an audience", { audience: "" }, AUDIENCE],
  ["with an empty restriction", { audience: meant() }, AUDIENCE],
  ["for another partition", { audience: meant("urn:amazon:webservices:govcloud") }, AUDIENCE],
  ["for the sign-in page as audience", { audience: meant("https://signin.aws.amazon.com/saml") }, AUDIENCE],
  ["with a condition nobody knows", { conditions: "<saml:ProxyRestriction/>" }, /not understood/],
  ["without a Recipient", { recipient: "" }, /Recipient/],
  ["for another Recipient", to("https://broker.example.com/saml"), /Recipient/],
  [
    "for a Recipient that begins like AWS",
    to("https://signin.aws.amazon.com.evil.example/saml"),
    /Recipient/,
  ],
  ["for a Recipient of no region", to("https://evil.signin.aws.amazon.com/saml"), /Recipient/],
  ["for a Recipient without TLS", to("http://signin.aws.amazon.com/saml"), /Recipient/],
  ["for a Recipient with a query", to("https://signin.aws.amazon.com/saml?x"), /Recipient/],
  ["for a Recipient of another partition", to("https://signin.amazonaws.cn/saml"), /Recipient/],
  ["whose Destination differs", { destination: ' Destination="https://other/saml"' }, /Destination/],
  ["with two confirmations", { confirmations: secondConfirmation }, /exactly one bearer/],
  ["confirmed without an end", { confirmUntil: "" }, /NotOnOrAfter is required/],
  ["confirmed until no time", { confirmUntil: ' NotOnOrAfter="tomorrow"' }, /NotOnOrAfter is required/],
  [
    "confirmed from a time on",
    { confirmUntil: ` NotOnOrAfter="${time(now + 60)}" NotBefore="${time(now - 9)}"` },
    /SubjectConfirmationData/,
  ],
  ["whose conditions have no end", { notOnOrAfter: "" }, /NotOnOrAfter is required/],
  ["whose conditions begin later", { notBefore: ` NotBefore="${time(now + 1)}"` }, LATER],
  ["issued in the future", { issueInstant: time(now + 1) }, LATER],
  ["issued at no exact time", { issueInstant: "2026-11-22" }, LATER],
  ["issued in another zone", { issueInstant: time(now).replace("Z", "+00:00") }, LATER],
  ["without an AuthnStatement", { authn: "" }, /AuthnStatement/],
  ["whose session ends at no time", { sessionEnd: ' SessionNotOnOrAfter="soon"' }, /SessionNotOnOrAfter/],
];
for (const [what, change, message] of invalid)
  test(`an assertion ${what} is refused`, async () => {
    const answer = await redeem({ SAMLAssertion: assertion(change) });
    assertRefused(answer, 400, "InvalidIdentityToken", message);
  });

const expired: readonly Row[] = [
  ["whose confirmation has ended", { confirmUntil: ` NotOnOrAfter="${time(now)}"` }, "Token is expired"],
  ["whose conditions have ended", { notOnOrAfter: ` NotOnOrAfter="${time(now)}"` }, "Token is expired"],
  [
    "issued 301 seconds ago",
    { issueInstant: time(now - 301) },
    "Token must be redeemed within 5 minutes of issuance",
  ],
  ["whose session has ended", { sessionEnd: ` SessionNotOnOrAfter="${time(now)}"` }, "Session is expired"],
];
for (const [what, change, message] of expired)
  test(`an assertion ${what} has expired`, async () => {
    const answer = await redeem({ SAMLAssertion: assertion(change) });
    assertRefused(answer, 400, "ExpiredTokenException", message);
  });

test("an assertion issued 300 seconds ago is just in time", async () => {
  const answer = await redeem({ SAMLAssertion: assertion({ issueInstant: time(now - 300) }) });
  assert.equal(answer.status, 200);
});

for (const nameId of ["", "<saml:NameID></saml:NameID>"])
  test(`an assertion with ${nameId ? "an empty" : "no"} NameID is denied`, async () => {
    assertRefused(await redeem({ SAMLAssertion: assertion({ nameId }) }), 403, "AccessDenied", DENIED);
  });

test("an assertion that reports a failure is told so", async () => {
  const status = "urn:oasis:names:tc:SAML:2.0:status:Responder";
  const answer = await redeem({ SAMLAssertion: assertion({ status }) });
  assertRefused(answer, 403, "IDPRejectedClaim", /reported that authentication failed/);
});

test("a Recipient of a region is accepted", async () => {
  const recipient = ' Recipient="https://eu-west-1.signin.aws.amazon.com/saml"';
  const answer = await redeem({ SAMLAssertion: assertion({ recipient, destination: "" }) });
  assert.deepEqual(
    answer,
    { status: 403, code: "AccessDenied", message: DENIED },
    "saml:aud is the Recipient",
  );
});
