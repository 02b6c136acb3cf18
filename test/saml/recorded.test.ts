import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { parseInstant } from "../../lib/core/time.ts";
import { type Expected, verifyResponse } from "../../lib/saml/response.ts";

/** Real answers of real providers, which are read where they lie and never copied here. */
const RECORDED = new URL("../../../shared/recorded/", import.meta.url);
const files = existsSync(RECORDED)
  ? readdirSync(RECORDED).filter((name) => name.endsWith(".xml") && !name.includes(".metadata."))
  : [];

const first = (xml: string, pattern: RegExp): string => {
  const found = pattern.exec(xml)?.[1];
  if (found === undefined) throw new Error(`nothing like ${pattern}`);
  return found.replaceAll("&quot;", '"');
};

/** What the service provider of that day expected; the key comes from the document, which only a test may do. */
function expectedBy(xml: string): Expected {
  const issuedAt = parseInstant(first(xml, /Assertion [^>]*?IssueInstant="([^"]+)"/)) ?? 0;
  return {
    entityId: first(xml, /Audience>([^<]+)</),
    acs: first(xml, /Recipient="([^"]+)"/),
    issuer: first(xml, /Issuer[^>]*>([^<]+)</),
    certificates: [first(xml, /X509Certificate>([^<]+)</)],
    now: issuedAt + 5,
    solicited: { kind: "request", id: first(xml, /InResponseTo="([^"]+)"/) },
    maxAssertionAgeSeconds: 300,
  };
}

test("recorded responses are at hand", { skip: files.length === 0 && "shared/recorded is absent" }, () => {
  assert.ok(files.length >= 4, `only ${files.length}`);
});

for (const file of files) {
  const xml = readFileSync(new URL(file, RECORDED), "utf8");
  const encoded = Buffer.from(xml).toString("base64");

  test(`${file} is accepted at its time`, async () => {
    const assertion = await verifyResponse(encoded, expectedBy(xml));
    assert.ok(assertion.nameId.value.length > 0);
    assert.ok(assertion.signed.length > 0);
    assert.ok(Object.keys(assertion.attributes).length > 0);
  });

  test(`${file} is refused an hour and a half later, and by every other service provider`, async () => {
    const expected = expectedBy(xml);
    const late = verifyResponse(encoded, { ...expected, now: expected.now + 5400 });
    await assert.rejects(late, { code: "saml_too_old" });
    await assert.rejects(verifyResponse(encoded, { ...expected, entityId: "urn:other" }), {
      code: "saml_audience_mismatch",
    });
    await assert.rejects(verifyResponse(encoded, { ...expected, acs: "https://other.example/acs" }), {
      code: "saml_destination_mismatch",
    });
  });

  test(`${file} is refused when one letter of a value changes`, async () => {
    const value = first(xml, /NameID[^>]*>([^<]+)</);
    const changed = xml.replace(`>${value}<`, `>${value.slice(0, -1)}~<`);
    assert.notEqual(changed, xml);
    await assert.rejects(verifyResponse(Buffer.from(changed).toString("base64"), expectedBy(xml)), {
      code: "saml_signature_digest",
    });
  });
}
