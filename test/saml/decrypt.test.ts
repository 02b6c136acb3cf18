/** Assertions that others encrypted are decrypted here. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import samlify from "samlify";
import { Refusal } from "../../lib/core/errors.ts";
import { verifyResponse } from "../../lib/saml/response.ts";
import {
  ACS,
  assertionIn,
  CIPHERS,
  encode,
  expected,
  IDP,
  KEYS,
  SIGNED,
  SP,
  sealed,
  unwrapWith,
} from "./genuine.ts";

const decrypting = { ...expected, unwrapKey: unwrapWith(KEYS.sp.key) };
const xmlsec1 = spawnSync("xmlsec1", ["--version"]).status === 0;
const XENC = "http://www.w3.org/2001/04/xmlenc#";

/** xmlsec1 fills a template: which cipher, which key transport. */
const template = (cipher: string) =>
  `<xenc:EncryptedData xmlns:xenc="${XENC}" Type="${XENC}Element"><xenc:EncryptionMethod Algorithm="${cipher}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="${XENC}rsa-oaep-mgf1p"/><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>`;

for (const cipher of CIPHERS)
  test(`xmlsec1 encrypts with ${cipher}`, { skip: !xmlsec1 && "xmlsec1 is not installed" }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "sekisho-xmlenc-"));
    try {
      const [data, form, out] = ["data.xml", "form.xml", "out.xml"].map((name) => join(folder, name));
      assert.ok(data !== undefined && form !== undefined && out !== undefined);
      const original = assertionIn(SIGNED.assertion);
      writeFileSync(data, original);
      writeFileSync(form, template(cipher));
      const { status, stderr } = spawnSync("xmlsec1", [
        ...["--encrypt", "--pubkey-cert-pem", `${KEYS.sp.path}.crt`],
        ...["--session-key", cipher.includes("128") ? "aes-128" : "aes-256"],
        ...["--xml-data", data, "--output", out, form],
      ]);
      assert.equal(status, 0, String(stderr));
      const encrypted = readFileSync(out, "utf8").replace(/^<\?xml.*?\?>\s*/, "");
      const xml = SIGNED.assertion.replace(
        original,
        () =>
          `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${encrypted}</saml:EncryptedAssertion>`,
      );
      const assertion = await verifyResponse(encode(xml), decrypting);
      assert.equal(assertion.nameId.value, "alice");
      assert.equal(assertion.encrypted, true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test("samlify encrypts", async () => {
  const service = [{ Binding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST", Location: ACS }];
  const idp = samlify.IdentityProvider({
    entityID: IDP,
    singleSignOnService: service,
    singleLogoutService: service,
    isAssertionEncrypted: true,
  });
  const sp = samlify.ServiceProvider({
    entityID: SP,
    assertionConsumerService: service,
    encryptCert: KEYS.sp.certificate,
  });
  const field = await samlify.SamlLib.encryptAssertion(idp, sp, SIGNED.assertion);
  const assertion = await verifyResponse(field, decrypting);
  assert.equal(assertion.nameId.value, "alice");
  assert.deepEqual(assertion.signed, ["assertion"]);
});

test("a key service that is away is told apart from content that is wrong", async () => {
  const away = async () => {
    throw new Refusal("broker_unavailable");
  };
  const asked = verifyResponse(encode(sealed()), { ...expected, unwrapKey: away });
  await assert.rejects(asked, { code: "broker_unavailable" });
});

test("every refusal of encrypted content has one shape", async () => {
  const broken = [
    sealed().replace(/(?<=<xenc:CipherValue>)[^<]{8}/, "AAAAAAAA"),
    sealed(SIGNED.assertion.replace(">alice<", ">admin<")),
    sealed(SIGNED.assertion, { recipient: KEYS.other }),
  ];
  for (const xml of broken)
    await assert.rejects(verifyResponse(encode(xml), decrypting), (thrown) => {
      assert.ok(thrown instanceof Refusal);
      assert.equal(thrown.code, "saml_decryption_failed");
      assert.deepEqual(thrown.detail, {});
      assert.equal(thrown.cause, undefined);
      return true;
    });
});
