import assert from "node:assert/strict";
import test from "node:test";
import { doubtsOf, doubtsOfSubject } from "../../lib/connectors/lint.ts";
import { connectionTo } from "../oidc/surroundings.ts";
import { connect } from "./saml-surroundings.ts";

const PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const XMLSOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";

const subjects: readonly [what: string, change: Record<string, unknown>, doubt: RegExp | undefined][] = [
  ["nothing", {}, /not said what people are known by/],
  ["the NameID, on purpose", { subject: "nameId" }, undefined],
  ["an id", { subject: "userId" }, undefined],
  [
    "Entra's object id",
    { subject: "http://schemas.microsoft.com/identity/claims/objectidentifier" },
    undefined,
  ],
  ["an address", { subject: "email" }, /`email` can change/],
  ["an address by its long name", { subject: `${XMLSOAP}/emailaddress` }, /emailaddress` can change/],
  ["a name to sign in with", { subject: `${XMLSOAP}/name` }, /name` can change/],
  ["what the connection itself calls an address", { subject: "u1", claims: { mail: "u1" } }, /`mail` can/],
  ["what the connection calls an id", { subject: "u1", claims: { id: "u1" } }, undefined],
];
for (const [what, change, doubt] of subjects)
  test(`a connection that knows people by ${what} is ${doubt ? "doubted" : "fine"}`, () => {
    const doubts = doubtsOf(connect(change));
    if (doubt === undefined) assert.deepEqual(doubts, []);
    else {
      assert.equal(doubts.length, 1);
      assert.deepEqual(doubts[0]?.path, ["subject"]);
      assert.match(doubts[0]?.message ?? "", doubt);
    }
  });

const WEAK = [
  "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
  "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
];
const password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

test("a single factor among those that prove a second is doubted, each by its place", () => {
  const saml = connect({
    subject: "userId",
    mfaContexts: ["mfa", password, "urn:okta:loa:1fa:any", "urn:okta:loa:2fa:any", ...WEAK],
  });
  assert.deepEqual(
    doubtsOf(saml).map(({ path }) => path),
    [
      ["mfaContexts", 1],
      ["mfaContexts", 2],
      ["mfaContexts", 4],
      ["mfaContexts", 5],
    ],
  );
  const oidc = connectionTo("https://op.example", {
    mfaValues: ["otp", "mfa", "phr", "c1"],
    secondFactor: { acrValues: ["urn:okta:loa:2fa:any", "urn:okta:loa:2fa:any:ifpossible"] },
  });
  assert.deepEqual(
    doubtsOf(oidc).map(({ path }) => path),
    [
      ["mfaValues", 0],
      ["mfaValues", 2],
      ["secondFactor", "acrValues", 1],
    ],
  );
  assert.deepEqual(doubtsOf(connectionTo("https://op.example")), []);
});

type Seen = readonly [
  subject: string | undefined,
  value: string,
  format: string | undefined,
  RegExp | undefined,
];
const seen: readonly Seen[] = [
  [undefined, "alice@example.com", UNSPECIFIED, /subject \(nameId\) is an e-mail address/],
  [undefined, "alice@example.com", PERSISTENT, /is an e-mail address/],
  [undefined, "alice@example.com", undefined, /is an e-mail address/],
  [undefined, "alice", EMAIL, /is an e-mail address/],
  [undefined, "00u1alice", UNSPECIFIED, /format unspecified, which does not promise/],
  ["nameId", "00u1alice", undefined, /no format, which does not promise/],
  ["nameId", "00u1alice", PERSISTENT, undefined],
  ["userId", "00u1alice", EMAIL, undefined],
  ["userId", "alice@example.com", PERSISTENT, /subject \(userId\) is an e-mail address/],
];
for (const [subject, value, format, doubt] of seen)
  test(`the subject ${value} from ${subject ?? "nowhere said"} with ${format ?? "no format"} is ${doubt ? "doubted" : "fine"}`, () => {
    const doubts = doubtsOfSubject(connect(subject === undefined ? {} : { subject }), value, format);
    if (doubt === undefined) assert.deepEqual(doubts, []);
    else assert.match(doubts.join(), doubt);
    assert.ok(!doubts.join().includes(value), "no value is repeated");
  });
