import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { before } from "node:test";
import { inflateRawSync } from "node:zlib";
import { DOMParser, type Element } from "@xmldom/xmldom";
import fc from "fast-check";
import { IdentityProvider, ServiceProvider, setSchemaValidator } from "samlify";
import { isRefusal } from "../../lib/core/errors.ts";
import {
  type AuthnRequest,
  type AuthnRequestInput,
  buildAuthnRequest,
} from "../../lib/saml/authn-request.ts";
import { idpMetadata, spMetadata } from "../../lib/saml/metadata.ts";
import { newIssuer, type TestIssuer } from "../aws/issuer.ts";

const SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol";
const SAML = "urn:oasis:names:tc:SAML:2.0:assertion";

let sp: TestIssuer;
before(async () => {
  setSchemaValidator({ validate: async () => "not asked" });
  sp = await newIssuer("sp-sign");
});

const input: AuthnRequestInput = {
  id: "_abc123",
  issuedAt: 1_795_000_000,
  destination: "https://idp.example.com/sso?idpid=C1&x=a%20b",
  binding: "redirect",
  issuer: "https://broker.example.com/saml/okta/metadata",
  acs: "https://broker.example.com/saml/okta/acs",
  relayState: "opaque handle/+=&",
};
const build = (change: Partial<AuthnRequestInput> = {}) => buildAuthnRequest({ ...input, ...change });

const queryOf = (request: AuthnRequest): URLSearchParams => {
  assert.equal(request.kind, "redirect");
  return new URL(request.kind === "redirect" ? request.url : "").searchParams;
};
const xmlOf = (request: AuthnRequest): string =>
  request.kind === "redirect"
    ? inflateRawSync(Buffer.from(queryOf(request).get("SAMLRequest") ?? "", "base64")).toString("utf8")
    : Buffer.from(request.fields.SAMLRequest ?? "", "base64").toString("utf8");
const rootOf = (request: AuthnRequest): Element =>
  new DOMParser().parseFromString(xmlOf(request), "text/xml").documentElement as Element;
const text = (root: Element, namespace: string, name: string) =>
  [...root.getElementsByTagNameNS(namespace, name)].map((element) => element.textContent);

for (const binding of ["redirect", "post"] as const)
  test(`a request by ${binding} says who asks, where the answer goes, and forces no name format`, async () => {
    const request = await build({ binding });
    const root = rootOf(request);
    assert.deepEqual([root.namespaceURI, root.localName], [SAMLP, "AuthnRequest"]);
    assert.equal(root.getAttribute("ID"), "_abc123");
    assert.equal(root.getAttribute("Version"), "2.0");
    assert.equal(root.getAttribute("IssueInstant"), "2026-11-18T11:06:40Z");
    assert.equal(root.getAttribute("Destination"), input.destination);
    assert.equal(root.getAttribute("AssertionConsumerServiceURL"), input.acs);
    assert.equal(root.getAttribute("ProtocolBinding"), "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST");
    assert.equal(root.hasAttribute("ForceAuthn"), false);
    assert.equal(root.hasAttribute("AssertionConsumerServiceIndex"), false);
    assert.deepEqual(text(root, SAML, "Issuer"), [input.issuer]);
    const policy = root.getElementsByTagNameNS(SAMLP, "NameIDPolicy")[0];
    assert.equal(policy?.hasAttribute("Format"), false);
    assert.deepEqual(text(root, SAMLP, "RequestedAuthnContext"), []);
    assert.deepEqual(text(root, SAML, "Subject"), []);
  });

test("a redirect keeps the provider's own query, and a form goes to its address", async () => {
  const query = queryOf(await build());
  assert.deepEqual(
    [query.get("idpid"), query.get("x"), query.get("RelayState")],
    ["C1", "a b", input.relayState],
  );
  const form = await build({ binding: "post" });
  assert.ok(form.kind === "form");
  assert.equal(form.action, input.destination);
  assert.equal(form.fields.RelayState, input.relayState);
  const plain = await build({ destination: "https://idp.example.com/sso" });
  assert.ok(plain.kind === "redirect" && plain.url.startsWith("https://idp.example.com/sso?SAMLRequest="));
});

test("a second factor is asked for by exact contexts, any of which will do", async () => {
  const contexts = ["http://schemas.microsoft.com/claims/multipleauthn", "urn:x:{Issuer}"];
  const root = rootOf(await build({ contexts, reauthenticate: true }));
  const wish = root.getElementsByTagNameNS(SAMLP, "RequestedAuthnContext")[0];
  assert.equal(wish?.getAttribute("Comparison"), "exact");
  assert.equal(text(root, SAML, "AuthnContextClassRef")[0], contexts[0]);
  assert.equal(root.getAttribute("ForceAuthn"), "true");
});

test("a signed redirect signs the octets it sends", async () => {
  const request = await build({ signer: sp.signer });
  assert.ok(request.kind === "redirect");
  const raw = request.url.slice(request.url.indexOf("SAMLRequest="));
  const [signed = "", signature = ""] = raw.split("&Signature=");
  assert.match(
    signed,
    /^SAMLRequest=[^&]+&RelayState=[^&]+&SigAlg=http%3A%2F%2Fwww\.w3\.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256$/,
  );
  const value = Buffer.from(decodeURIComponent(signature), "base64");
  assert.equal(verify("sha256", Buffer.from(signed), createPublicKey(sp.key), value), true);
  assert.equal(verify("sha256", Buffer.from(`${signed}x`), createPublicKey(sp.key), value), false);
});

test("samlify, as a provider, takes our signed requests by both bindings", async () => {
  const provider = IdentityProvider({
    metadata: (
      await idpMetadata({
        entityId: "https://idp.example.com",
        certificates: [sp.record.certificate],
        ssoUrl: input.destination,
      })
    ).replace('WantAuthnRequestsSigned="false"', 'WantAuthnRequestsSigned="true"'),
  });
  const us = ServiceProvider({
    metadata: await spMetadata({
      entityId: input.issuer,
      acs: input.acs,
      signingCertificates: [sp.record.certificate],
      encryptionCertificates: [],
      signsRequests: true,
    }),
  });
  const redirect = await build({ signer: sp.signer });
  assert.ok(redirect.kind === "redirect");
  const octetString = redirect.url.slice(redirect.url.indexOf("SAMLRequest=")).split("&Signature=")[0] ?? "";
  const query = Object.fromEntries(queryOf(redirect));
  const byRedirect = await provider.parseLoginRequest(us, "redirect", { query, octetString });
  assert.equal(byRedirect.extract.request?.id, "_abc123");
  const form = await build({ binding: "post", signer: sp.signer });
  assert.ok(form.kind === "form");
  const byPost = await provider.parseLoginRequest(us, "post", { body: { ...form.fields } });
  assert.equal(byPost.extract.issuer, input.issuer);
});

test("xmlsec1 finds a posted request signed by our key, the signature after the Issuer", async () => {
  const request = await build({ binding: "post", signer: sp.signer, contexts: ["urn:a&b"] });
  const folder = mkdtempSync(join(tmpdir(), "request-"));
  try {
    writeFileSync(join(folder, "request.xml"), xmlOf(request));
    writeFileSync(join(folder, "sp.pem"), sp.record.certificate);
    const { status, stderr } = spawnSync("xmlsec1", [
      "--verify",
      "--enabled-reference-uris",
      "same-doc",
      "--pubkey-cert-pem",
      join(folder, "sp.pem"),
      "--id-attr:ID",
      `${SAMLP}:AuthnRequest`,
      join(folder, "request.xml"),
    ]);
    assert.equal(status, 0, String(stderr));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [first, second] = [...rootOf(request).childNodes];
  assert.deepEqual([first?.nodeName, second?.nodeName], ["saml:Issuer", "ds:Signature"]);
});

test("whatever a provider's address or our names hold, the request says that or is not sent", async () => {
  const part = fc.constantFrom(
    "{ID}",
    "{Issuer}",
    "{Destination}",
    "<",
    ">",
    "&amp;",
    '"',
    "'",
    "$&",
    "$1",
    "]]>",
    "\t",
    "\n",
    "é",
    "x",
    "{Context0}",
  );
  const word = fc
    .array(part, { minLength: 1, maxLength: 5 })
    .map((parts) => `https://x.example/${parts.join("")}`);
  await fc.assert(
    fc.asyncProperty(word, word, word, async (destination, issuer, acs) => {
      const change = { destination, issuer, acs, binding: "post", contexts: ["urn:c"] } as const;
      const request = await build(change).catch((thrown: unknown) => thrown as Error);
      if (request instanceof Error) return assert.ok(isRefusal(request, "broker_fault"), String(request));
      const root = rootOf(request);
      assert.equal(root.getAttribute("Destination"), destination);
      assert.equal(root.getAttribute("AssertionConsumerServiceURL"), acs);
      assert.deepEqual(text(root, SAML, "Issuer"), [issuer]);
      assert.equal(root.getElementsByTagName("*").length, 4);
    }),
    { numRuns: 300 },
  );
});
