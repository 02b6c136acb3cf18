import type { RefusalCode } from "../../../lib/core/errors.ts";
import {
  ASSERTION_XML,
  assertionIn,
  CBC,
  encryptContent,
  GCM,
  KEYS,
  type Sealing,
  SIGNED,
  seal,
  sealed,
  sign,
  swap,
  UNSIGNED,
  unwrapWith,
} from "../genuine.ts";
import { type Hostile, hostile } from "./row.ts";

const GENERIC = "saml_decryption_failed";
const UNSUPPORTED = "saml_encryption_unsupported";
const XENC = "http://www.w3.org/2001/04/xmlenc#";
const KEY = /<xenc:EncryptedKey>.*<\/xenc:EncryptedKey>/s;
const METHOD = /(?<=<xenc:EncryptedKey>)<xenc:EncryptionMethod.*?<\/xenc:EncryptionMethod>/s;
const unwrap = unwrapWith(KEYS.sp.key);
const expected = { unwrapKey: unwrap };
const original = assertionIn(SIGNED.assertion);
const CONTENT_KEY = Buffer.alloc(32, 7);

const row = (
  what: string,
  make: Hostile["make"],
  code: RefusalCode,
  more: Partial<Hostile> = {},
): Hostile => ({
  ...hostile(what, make, code, { expected }),
  ...more,
});
/** Some bytes encrypted in place of the assertion. */
const content = (what: string, bytes: string | Buffer, code: RefusalCode, sealing: Sealing = {}): Hostile =>
  row(what, () => SIGNED.assertion.replace(original, () => seal(bytes, sealing)), code);
const change = (what: string, from: string | RegExp, to: string, code: RefusalCode): Hostile =>
  row(what, () => swap(from, to)(sealed()), code);

/** The ciphertext with one byte changed, counted from its end. */
function flipped(xml: string, fromEnd: number): string {
  return xml.replace(
    /(?<=<xenc:CipherValue>)[^<]*(?=<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>)/,
    (text) => {
      const bytes = Buffer.from(text, "base64");
      const at = bytes.length - fromEnd;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes.toString("base64");
    },
  );
}

export const ENCRYPTION: readonly Hostile[] = [
  content("an unsigned assertion, encrypted", ASSERTION_XML, GENERIC),
  content("an unsigned assertion, encrypted with GCM", ASSERTION_XML, GENERIC, { cipher: GCM }),
  content(
    "a stranger's assertion, encrypted",
    assertionIn(sign(UNSIGNED, "assertion", { key: KEYS.other })),
    GENERIC,
  ),
  content("a changed assertion, encrypted", original.replace(">alice<", ">admin<"), GENERIC),
  content("an assertion encrypted to somebody else", original, GENERIC, { recipient: KEYS.other }),
  content("bytes that are no XML, encrypted", "nothing", GENERIC),
  content("bytes that are no UTF-8, encrypted", Buffer.from([0xff, 0xfe, 0xfd]), GENERIC),
  content("an entity, encrypted", `<!DOCTYPE x [<!ENTITY e "x">]>${original}`, GENERIC),
  content("a comment, encrypted", original.replace(">alice<", ">al<!---->ice<"), GENERIC),
  content("a depth of 20,000, encrypted", "<a>".repeat(20_000), GENERIC),
  content("a response, encrypted", SIGNED.response, GENERIC),
  content("two assertions, encrypted", original + original, GENERIC),
  content("an encrypted assertion within itself", seal(original), GENERIC),
  content(
    "an assertion around another, encrypted",
    original.replace("</saml:Assertion>", () => `${original}</saml:Assertion>`),
    GENERIC,
  ),
  content(
    "an assertion with the response's ID, encrypted",
    original.replaceAll("_assertion-1", "_response-1"),
    GENERIC,
  ),
  content(
    "an assertion of another namespace, encrypted",
    original.replaceAll("SAML:2.0:assertion", "SAML:1.0:assertion"),
    GENERIC,
  ),
  content("half an assertion, encrypted", original.slice(0, 900), GENERIC),
  row(
    "a content key of another length",
    () => swap("aes128-cbc", "aes256-cbc")(sealed(SIGNED.assertion, { cipher: `${XENC}aes128-cbc` })),
    GENERIC,
  ),
  row("a bit of the ciphertext flipped", () => flipped(sealed(), 40), GENERIC),
  row("a bit of the padding flipped", () => flipped(sealed(), 1), GENERIC),
  row("a bit of the GCM tag flipped", () => flipped(sealed(SIGNED.assertion, { cipher: GCM }), 1), GENERIC),
  row(
    "a bit of the GCM ciphertext flipped",
    () => flipped(sealed(SIGNED.assertion, { cipher: GCM }), 100),
    GENERIC,
  ),
  row(
    "the ciphertext cut to one block",
    () =>
      sealed().replace(/(?<=<xenc:CipherValue>)[^<]{400,}/, (text) =>
        text.length > 500 ? Buffer.alloc(16).toString("base64") : text,
      ),
    GENERIC,
  ),
  row("GCM content called CBC", () => swap(GCM, CBC)(sealed(SIGNED.assertion, { cipher: GCM })), GENERIC),
  row("CBC content called GCM", () => swap(CBC, GCM)(sealed()), GENERIC),
  row("a wrapped key of nothing", () => swap(/(?<=<xenc:CipherValue>)[^<]*/, "AAAA")(sealed()), GENERIC),
  row(
    "OAEP with SHA-1 called SHA-256",
    () => swap(METHOD, METHOD.exec(sealed(SIGNED.assertion, { hash: "sha256" }))?.[0] ?? "")(sealed()),
    GENERIC,
  ),
  row("an assertion that nobody can decrypt", () => sealed(), "saml_decryption_unavailable", {
    expected: {},
  }),
  row(
    "a signed response around another ciphertext",
    () =>
      sign(sealed(), "response").replace(/<saml:EncryptedAssertion.*<\/saml:EncryptedAssertion>/s, () =>
        seal(ASSERTION_XML),
      ),
    "saml_signature_digest",
  ),
  row(
    "a signed response around an assertion signed by a stranger",
    () => sign(sealed(sign(UNSIGNED, "assertion", { key: KEYS.other })), "response"),
    GENERIC,
  ),
  row(
    "an encrypted assertion for another service provider",
    () => sealed(sign(swap(/(?<=<saml:Audience>)[^<]*/, "urn:other")(UNSIGNED), "assertion")),
    "saml_audience_mismatch",
  ),
  row(
    "an encrypted assertion in a response without an issuer",
    () => swap(/<saml:Issuer xmlns.*?<\/saml:Issuer>/, "")(sealed()),
    "saml_response_issuer_mismatch",
  ),
  change("RSA 1.5", /rsa-oaep-mgf1p/, "rsa-1_5", UNSUPPORTED),
  change("a key wrapped by AES", /rsa-oaep-mgf1p/, "kw-aes256", UNSUPPORTED),
  change("triple DES", `${XENC}aes256-cbc`, `${XENC}tripledes-cbc`, UNSUPPORTED),
  change(
    "a cipher without a name",
    `<xenc:EncryptionMethod Algorithm="${CBC}"/>`,
    "<xenc:EncryptionMethod/>",
    UNSUPPORTED,
  ),
  change("no cipher", `<xenc:EncryptionMethod Algorithm="${CBC}"/>`, "", UNSUPPORTED),
  change(
    "OAEP with SHA-256 and a mask of SHA-1",
    "http://www.w3.org/2000/09/xmldsig#sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256",
    UNSUPPORTED,
  ),
  change(
    "OAEP with MD5",
    "http://www.w3.org/2000/09/xmldsig#sha1",
    "http://www.w3.org/2001/04/xmldsig-more#md5",
    UNSUPPORTED,
  ),
  change(
    "OAEP with a label",
    "<ds:DigestMethod ",
    "<xenc:OAEPparams>AAAA</xenc:OAEPparams><ds:DigestMethod ",
    UNSUPPORTED,
  ),
  change("no wrapped key", KEY, "", UNSUPPORTED),
  change("two wrapped keys for us", KEY, (KEY.exec(sealed())?.[0] ?? "").repeat(2), UNSUPPORTED),
  change("encrypted content instead of an element", `${XENC}Element`, `${XENC}Content`, UNSUPPORTED),
  change(
    "content elsewhere",
    /<xenc:CipherValue>[^<]*<\/xenc:CipherValue>/,
    '<xenc:CipherReference URI="http://127.0.0.1/"/>',
    UNSUPPORTED,
  ),
  change("content that is no base64", /(?<=<xenc:CipherValue>)[^<]*/, "***", UNSUPPORTED),
  change(
    "a wrapped key of 2 KiB",
    /(?<=<xenc:CipherValue>)[^<]*/,
    Buffer.alloc(2048, 1).toString("base64"),
    UNSUPPORTED,
  ),
  change("nothing encrypted", /<xenc:EncryptedData.*<\/xenc:EncryptedData>/s, "", UNSUPPORTED),
  row("padding of no byte", () => badPadding(0), GENERIC, {
    expected: { unwrapKey: async () => CONTENT_KEY },
  }),
  row("padding of 17 bytes", () => badPadding(17), GENERIC, {
    expected: { unwrapKey: async () => CONTENT_KEY },
  }),
  row("a key that does not unwrap", () => sealed(), GENERIC, {
    expected: {
      unwrapKey: async () => {
        throw new Error("denied");
      },
    },
  }),
];

/** CBC whose last plain byte says something else: the byte before it in the last-but-one block is turned. */
function badPadding(says: number): string {
  const { value } = encryptContent(Buffer.alloc(31, 0x20), { contentKey: CONTENT_KEY });
  const bytes = Buffer.from(value, "base64");
  const at = bytes.length - 17;
  bytes[at] = (bytes[at] ?? 0) ^ 1 ^ says;
  return swap(
    /(?<=<xenc:CipherValue>)[^<]*(?=<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>)/,
    bytes.toString("base64"),
  )(sealed());
}
