import assert from "node:assert/strict";
import test from "node:test";
import { peekResponse, verifyResponse } from "../../lib/saml/response.ts";
import { at, encode, expected, NOW, SIGNED, SUBJECT, sign, swap, UNSIGNED } from "./genuine.ts";
import { LEGAL } from "./rows/legal.ts";

const ask = (xml: string, more = {}) => verifyResponse(encode(xml), { ...expected, ...more });
const said = (from: string | RegExp, to: string) => ask(sign(swap(from, to)(UNSIGNED), "assertion"));

test("there are at least 20 legal oddities, each of its own name", () => {
  assert.ok(LEGAL.length >= 20, `only ${LEGAL.length}`);
  assert.equal(new Set(LEGAL.map(({ what }) => what)).size, LEGAL.length);
});

for (const row of LEGAL)
  test(`${row.what}: accepted`, async () => {
    const made = row.make();
    const field = typeof made === "string" ? encode(made) : made.field;
    const assertion = await verifyResponse(field, { ...expected, ...row.expected });
    assert.equal(assertion.nameId.value, "alice");
    assert.deepEqual(assertion.attributes.groups, ["sre", "dev"]);
    assert.equal(assertion.attributes.email?.[0], "alice@example.com");
  });

test("everything said is returned, and who signed it", async () => {
  assert.deepEqual(await ask(SIGNED.both), {
    id: "_assertion-1",
    issuer: "https://idp.example.com/saml",
    issuedAt: NOW - 10,
    nameId: { value: "alice", format: "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified" },
    attributes: Object.assign(Object.create(null), {
      email: ["alice@example.com"],
      groups: ["sre", "dev"],
      empty: [],
    }),
    unreadable: [],
    sessionIndex: "_session-1",
    authenticatedAt: NOW - 20,
    authnContexts: ["urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"],
    acceptableUntil: NOW + 290 + 60,
    signed: ["response", "assertion"],
    encrypted: false,
  });
});

test("it is acceptable until the first of its ends, and not an instant longer", async () => {
  const { acceptableUntil } = await ask(SIGNED.assertion);
  const patient = { maxAssertionAgeSeconds: 3600 };
  await ask(SIGNED.assertion, { ...patient, now: acceptableUntil - 1 });
  await assert.rejects(ask(SIGNED.assertion, { ...patient, now: acceptableUntil }));
});

test("of two sessions the one that ends first counts, and of two authentications the older", async () => {
  const statement = (authenticated: number, ends: number, context: string) =>
    `<saml:AuthnStatement AuthnInstant="${at(authenticated)}" SessionNotOnOrAfter="${at(ends)}"><saml:AuthnContext><saml:AuthnContextClassRef>${context}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`;
  const both = statement(-30, 900, "urn:one") + statement(-300, 600, "urn:two");
  const assertion = await said(/<saml:AuthnStatement .*<\/saml:AuthnStatement>/, both);
  assert.equal(assertion.sessionEndsAt, NOW + 600);
  assert.equal(assertion.authenticatedAt, NOW - 300);
  assert.deepEqual(assertion.authnContexts, ["urn:one", "urn:two"]);
});

test("attributes of one name are joined, empty and nil values left out", async () => {
  const value = (text: string) => `<saml:AttributeValue>${text}</saml:AttributeValue>`;
  const nil =
    '<saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true">x</saml:AttributeValue>';
  const { attributes } = await said(
    "</saml:AttributeStatement>",
    `<saml:Attribute Name="groups">${value("ops")}${value("")}${nil}</saml:Attribute></saml:AttributeStatement>`,
  );
  assert.deepEqual(attributes.groups, ["sre", "dev", "ops"]);
});

test("an attribute with a value that is not text is named, not guessed at", async () => {
  const targeted = "<saml:AttributeValue><saml:NameID>x</saml:NameID></saml:AttributeValue>";
  const { attributes, unreadable } = await said(
    "</saml:AttributeStatement>",
    `<saml:Attribute Name="groups">${targeted}</saml:Attribute></saml:AttributeStatement>`,
  );
  assert.deepEqual(unreadable, ["groups"]);
  assert.equal("groups" in attributes, false);
});

for (const name of ["__proto__", "constructor", "toString"])
  test(`an attribute called ${name} is an attribute like others`, async () => {
    const { attributes } = await said('Name="email"', `Name="${name}"`);
    assert.deepEqual(Object.getOwnPropertyDescriptor(attributes, name)?.value, ["alice@example.com"]);
    assert.equal(Object.getPrototypeOf(attributes), null);
    assert.equal(({} as Record<string, unknown>).email, undefined);
  });

test("the name identifier is returned letter by letter", async () => {
  const odd = SUBJECT.replace(">alice<", "> Alice\u200b &lt;a&gt; <");
  const { nameId } = await said(SUBJECT, odd);
  assert.equal(nameId.value, " Alice\u200b <a> ");
});

test("peeking tells the request and nothing else", () => {
  assert.deepEqual(peekResponse(encode(SIGNED.both)), { inResponseTo: "_request-1" });
  assert.deepEqual(peekResponse(encode(UNSIGNED.replaceAll(' InResponseTo="_request-1"', ""))), {});
  assert.throws(() => peekResponse(encode("<x/>")), { code: "saml_not_a_response" });
  assert.throws(() => peekResponse("<x/>"), { code: "saml_encoding_invalid" });
});
