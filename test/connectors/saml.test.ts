import assert from "node:assert/strict";
import test from "node:test";
import { inflateRawSync } from "node:zlib";
import type { Challenge } from "../../lib/connectors/connector.ts";
import { openSamlConnector } from "../../lib/connectors/saml.ts";
import { encode, inTurn, NOW, REQUEST, SIGNED, sealed, sign, swap, UNSIGNED } from "../saml/genuine.ts";
import { connect, state, surround } from "./saml-surroundings.ts";

const GROUPS = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
const wish = { secondFactor: false };
const xmlOf = (challenge: Challenge): string =>
  challenge.kind === "form"
    ? Buffer.from(challenge.fields.SAMLRequest ?? "", "base64").toString("utf8")
    : inflateRawSync(
        Buffer.from(new URL(challenge.url).searchParams.get("SAMLRequest") ?? "", "base64"),
      ).toString("utf8");

const finish = (
  change: Record<string, unknown> = {},
  xml: string = SIGNED.both,
  memo: string | undefined = REQUEST,
) =>
  openSamlConnector(connect(change), surround()).finish({ kind: "saml", response: encode(xml) }, memo, {
    sourceIp: "192.0.2.1",
  });
/** A genuine response that says something else. */
const saying = (...changes: ((xml: string) => string)[]) => sign(inTurn(...changes)(UNSIGNED), "assertion");

test("a sign-in begins at the redirect address, and remembers the request it sent", async () => {
  const challenge = await openSamlConnector(connect(), surround()).begin("handle-1", wish);
  assert.ok(challenge.kind === "redirect");
  const url = new URL(challenge.url);
  assert.equal(url.origin + url.pathname, "https://idp.example.com/redirect");
  assert.equal(url.searchParams.get("RelayState"), "handle-1");
  assert.equal(url.searchParams.has("Signature"), false);
  assert.match(xmlOf(challenge), new RegExp(` ID="${challenge.memo}"`));
  assert.match(challenge.memo, /^_[0-9a-f]{40}$/);
});

test("two requests never share an id", async () => {
  const { begin } = openSamlConnector(connect(), surround());
  assert.notEqual((await begin("h", wish)).memo, (await begin("h", wish)).memo);
});

test("the binding is the connection's to choose", async () => {
  const challenge = await openSamlConnector(connect({ ssoBinding: "post" }), surround()).begin("h", wish);
  assert.ok(challenge.kind === "form");
  assert.equal(challenge.action, "https://idp.example.com/post");
});

test("requests are signed where the connection or the provider says so", async () => {
  const signs = async (change: Record<string, unknown>, wants: boolean) => {
    const surroundings = surround({ state: { ...state, wantsSignedRequests: wants } });
    const challenge = await openSamlConnector(connect(change), surroundings).begin("h", wish);
    return challenge.kind === "redirect" && new URL(challenge.url).searchParams.has("Signature");
  };
  assert.deepEqual(
    [await signs({}, false), await signs({ signRequests: true }, false), await signs({}, true)],
    [false, true, true],
  );
});

test("a second factor is asked for where the connection knows how", async () => {
  const ask = async (change: Record<string, unknown>) =>
    xmlOf(await openSamlConnector(connect(change), surround()).begin("h", { secondFactor: true }));
  assert.match(await ask({ mfaContexts: ["urn:mfa"] }), /Comparison="exact">.*urn:mfa/);
  assert.doesNotMatch(await ask({}), /RequestedAuthnContext/);
});

test("a value that is no URI is believed and not asked for", async () => {
  const mfaContexts = ["mfa", "urn:okta:loa:2fa:any"];
  const challenge = await openSamlConnector(connect({ mfaContexts }), surround()).begin("h", {
    secondFactor: true,
  });
  const asked = [...xmlOf(challenge).matchAll(/<saml:AuthnContextClassRef>([^<]*)</g)].map(([, one]) => one);
  assert.deepEqual(asked, ["urn:okta:loa:2fa:any"]);
});

test("Entra is told whom to start with, and nobody else is", async () => {
  const hinted = async (entityId: string) => {
    const surroundings = surround({ state: { ...state, entityId } });
    const challenge = await openSamlConnector(connect(), surroundings).begin("h", {
      ...wish,
      loginHint: "a@b c",
    });
    return challenge.kind === "redirect" ? new URL(challenge.url).searchParams.get("login_hint") : undefined;
  };
  assert.equal(await hinted("https://sts.windows.net/tid/"), "a@b c");
  assert.equal(await hinted("https://idp.example.com/saml"), null);
});

test("our own names at the provider are the connection's where it has some", async () => {
  const moved = { entityId: "urn:old", acs: "https://old.example.com/acs" };
  const xml = xmlOf(await openSamlConnector(connect(moved), surround()).begin("h", wish));
  assert.match(xml, /AssertionConsumerServiceURL="https:\/\/old\.example\.com\/acs".*>urn:old</);
});

test("a genuine answer proves who it is, in our own names", async () => {
  const { identity, once } = await finish({ name: "email" });
  assert.deepEqual(identity, {
    connection: "okta",
    kind: "person",
    subject: "alice",
    name: "alice@example.com",
    claims: { email: ["alice@example.com"], groups: ["sre", "dev"] },
    unknown: [],
    amr: ["urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"],
    acr: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    mfa: "unknown",
    notes: [],
    authenticatedAt: NOW - 20,
    sourceIp: "192.0.2.1",
  });
  assert.match(once?.key ?? "", /^[\w-]{43}$/);
  assert.ok((once?.until ?? 0) >= NOW + 290 + 60);
});

test("an encrypted answer is opened with the broker's own key", async () => {
  const { identity } = await finish({}, sealed());
  assert.equal(identity.subject, "alice");
});

test("one assertion has one name wherever it is seen, and another assertion another", async () => {
  const [first, again] = [await finish(), await finish({}, SIGNED.response)];
  const other = await finish({}, saying(swap("_assertion-1", "_assertion-2")));
  assert.equal(first.once?.key, again.once?.key);
  assert.notEqual(first.once?.key, other.once?.key);
});

test("what is not mapped is dropped, and reserved names are nobody's to map", async () => {
  const { identity } = await finish({
    claims: { team: "groups", mfa: "groups", "sekisho:x": "groups", gone: "absent", none: "empty" },
  });
  assert.deepEqual(identity.claims, { team: ["sre", "dev"] });
  assert.deepEqual(identity.unknown, []);
});

test("the NameID can be a claim besides", async () => {
  const { identity } = await finish({ claims: { login: "nameId" } });
  assert.deepEqual(identity.claims, { login: ["alice"] });
});

test("a subject may be an attribute, if it has one value", async () => {
  assert.equal((await finish({ subject: "email" })).identity.subject, "alice@example.com");
  for (const subject of ["groups", "absent", "empty", "__proto__", "constructor"])
    await assert.rejects(finish({ subject }), { code: "saml_subject_missing" });
});

test("a name that changes at each sign-in is no subject", async () => {
  const transient = saying(swap("SAML:1.1:nameid-format:unspecified", "SAML:2.0:nameid-format:transient"));
  await assert.rejects(finish({}, transient), { code: "saml_subject_missing" });
  assert.equal((await finish({ subject: "email" }, transient)).identity.subject, "alice@example.com");
});

const overage = swap(
  "</saml:AttributeStatement>",
  `<saml:Attribute Name="http://schemas.microsoft.com/claims/groups.link"><saml:AttributeValue>https://graph.windows.net/x</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
);

test("groups that Entra left out because there are too many are unknown, not absent", async () => {
  const { identity } = await finish({ claims: { team: GROUPS, email: "email" } }, saying(overage));
  assert.deepEqual(identity.unknown, ["team", "groups"]);
  assert.deepEqual(identity.claims, { email: ["alice@example.com"] });
  assert.deepEqual(identity.notes, ["groups_overage"]);
});

test("groups under a name of the administrator's own are unknown as well when they were left out", async () => {
  const { identity } = await finish({ claims: { groups: "memberOf" } }, saying(overage));
  assert.deepEqual(identity.unknown, ["groups"]);
});

test("a claim called groups that has values from elsewhere keeps them", async () => {
  const { identity } = await finish({ claims: { groups: "groups" } }, saying(overage));
  assert.deepEqual([identity.unknown, identity.claims.groups], [[], ["sre", "dev"]]);
});

test("an attribute that cannot be read is unknown", async () => {
  const nested = saying(swap(">sre<", "><x:y xmlns:x='urn:x'>sre</x:y><"));
  const { identity } = await finish({}, nested);
  assert.deepEqual([identity.unknown, identity.claims.groups], [["groups"], undefined]);
});

test("a second factor is proven by a context, or by Entra's list of methods", async () => {
  const password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
  const methods = swap(
    "</saml:AttributeStatement>",
    `<saml:Attribute Name="http://schemas.microsoft.com/claims/authnmethodsreferences"><saml:AttributeValue>urn:pw</saml:AttributeValue><saml:AttributeValue>urn:multi</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
  );
  const mfa = async (mfaContexts: string[], ...changes: ((xml: string) => string)[]) =>
    (await finish({ mfaContexts }, saying(...changes))).identity.mfa;
  assert.equal(await mfa([password]), "yes");
  assert.equal(await mfa(["urn:multi"], methods), "yes");
  assert.equal(await mfa(["urn:multi"]), "no");
  assert.equal(await mfa([], methods), "unknown");
});

const listing = (name: string, ...values: string[]) =>
  swap(
    "</saml:AttributeStatement>",
    `<saml:Attribute Name="${name}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join("")}</saml:Attribute></saml:AttributeStatement>`,
  );

test("a connection may name the attribute that lists methods, and then no other counts", async () => {
  const signIn = async (methods: string, sent: (xml: string) => string) =>
    (await finish({ methods, mfaContexts: ["mfa"] }, saying(sent))).identity;
  const okta = await signIn("amr", listing("amr", "pwd", "mfa", "swk"));
  assert.equal(okta.mfa, "yes");
  assert.deepEqual(okta.amr.slice(1), ["pwd", "mfa", "swk"]);
  assert.equal((await signIn("amr", listing("amr", "pwd"))).mfa, "no");
  assert.equal(
    (await signIn("amr", listing("http://schemas.microsoft.com/claims/authnmethodsreferences", "mfa"))).mfa,
    "no",
  );
  assert.equal((await signIn("constructor", listing("amr", "mfa"))).mfa, "no");
});

test("the end of the provider's own session is kept", async () => {
  const until = saying(
    swap('SessionIndex="_session-1"', 'SessionIndex="_session-1" SessionNotOnOrAfter="2031-03-04T06:00:00Z"'),
  );
  assert.equal(
    (await finish({}, until)).identity.providerSessionEndsAt,
    Date.parse("2031-03-04T06:00:00Z") / 1000,
  );
});
