import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { stringify } from "yaml";
import { inspect } from "../../cli/commands/saml-inspect.ts";
import { ACS, bare, encode, IDP, KEYS, NOW, SIGNED, SP, sealed, UNSIGNED } from "../saml/genuine.ts";

const folder = mkdtempSync(join(tmpdir(), "sekisho-inspect-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: string | Buffer): string {
  const path = join(folder, `${files++}`);
  writeFileSync(path, content);
  return path;
}

const okta = {
  kind: "Connection",
  id: "okta",
  protocol: "saml",
  entityId: SP,
  acs: ACS,
  issuer: IDP,
  certificates: [KEYS.idp.certificate],
  claims: { groups: "groups", mail: "email", nothing: "absent" },
};
const yaml = (changes: Record<string, unknown> = {}) => file(stringify({ ...okta, ...changes }));
const at = new Date(NOW * 1000).toISOString();
const ask = (response: string | Buffer, connection = yaml(), more = {}) =>
  inspect({ connection, response: file(response), at, ...more });

const metadata = `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${IDP}"><md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${bare(KEYS.idp.certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`;

test("what the connection maps is shown with its values, everything else by name alone", async () => {
  const { status, output } = await ask(SIGNED.both);
  assert.equal(status, 0);
  assert.equal(output?.verdict, "accepted");
  assert.equal(output?.code, null);
  assert.deepEqual(output?.signed, ["response", "assertion"]);
  assert.equal(output?.identity?.subject, "alice");
  assert.deepEqual(output?.identity?.claims, { groups: ["sre", "dev"], mail: ["alice@example.com"] });
  assert.deepEqual(output?.received, ["email", "groups", "empty"]);
});

test("XML, base64, base64 in lines and a copied form body are the same response", async () => {
  const field = encode(SIGNED.both);
  const lines = field.replace(/.{64}/g, "$&\r\n");
  const form = `RelayState=x&${new URLSearchParams({ SAMLResponse: field })}`;
  for (const text of [SIGNED.both, `\n${field}\n`, lines, form, Buffer.from(`\ufeff${SIGNED.both}`)])
    assert.equal((await ask(text)).status, 0);
});

test("a refusal says its code, and what an administrator compares", async () => {
  const { status, output } = await ask(SIGNED.both, yaml({ entityId: "urn:other" }));
  assert.equal(status, 1);
  assert.equal(output?.verdict, "refused");
  assert.equal(output?.code, "saml_audience_mismatch");
  assert.equal(output?.identity, null);
  assert.deepEqual(output?.detail, { audiences: [SP], entityId: "urn:other" });
});

test("the instant, the request and the key decide", async () => {
  const key = `${KEYS.sp.path}.key`;
  const other = `${KEYS.other.path}.key`;
  const expectations: readonly (readonly [string, object, string | null])[] = [
    [SIGNED.both, { at: "2031-03-04T06:06:07Z" }, "saml_too_old"],
    [SIGNED.both, { at: String(NOW) }, null],
    [SIGNED.both, { inResponseTo: "_request-1" }, null],
    [SIGNED.both, { inResponseTo: "_request-2" }, "saml_not_requested"],
    [SIGNED.both, { unsolicited: true }, "saml_not_requested"],
    [sealed(), { decryptionKey: key }, null],
    [sealed(), { decryptionKey: other }, "saml_decryption_failed"],
    [sealed(), {}, "saml_decryption_unavailable"],
    [UNSIGNED, {}, "saml_unsigned"],
  ];
  for (const [response, more, code] of expectations) {
    const { output } = await ask(response, yaml(), more);
    assert.equal(output?.code, code, JSON.stringify(more));
  }
});

test("keys come from a metadata file beside the connection, or from its own text", async () => {
  writeFileSync(join(folder, "idp.xml"), metadata);
  for (const source of [{ file: "idp.xml" }, { xml: metadata }]) {
    const connection = yaml({ issuer: undefined, certificates: undefined, metadata: source });
    assert.equal((await ask(SIGNED.both, connection)).status, 0);
  }
});

test("metadata of which the time is over refuses as the broker would", async () => {
  const over = metadata.replace("entityID", 'validUntil="2030-01-01T00:00:00Z" entityID');
  const connection = yaml({ issuer: undefined, certificates: undefined, metadata: { xml: over } });
  const { status, output } = await ask(SIGNED.both, connection);
  assert.deepEqual([status, output?.code], [1, "provider_metadata_expired"]);
});

test("entity id and ACS follow from the broker's origin", async () => {
  const plain = yaml({ entityId: undefined, acs: undefined });
  assert.equal((await ask(SIGNED.both, plain, { url: "https://broker.example.com" })).status, 0);
  assert.equal((await ask(SIGNED.both, plain)).status, 2);
});

test("a connection that is switched off, or takes no tiles, refuses", async () => {
  const { output } = await ask(SIGNED.both, yaml({ enabled: false }));
  assert.equal(output?.code, "connection_disabled");
  const off = await ask(SIGNED.both, yaml({ idpInitiated: "off" }), { unsolicited: true });
  assert.equal(off.output?.code, "signin_unsolicited");
});

test("an expired certificate is worth a warning and no more", async () => {
  const { status, output } = await ask(
    SIGNED.both,
    yaml({ certificates: [KEYS.expired.certificate, KEYS.idp.certificate] }),
  );
  assert.equal(status, 0);
  assert.match(String(output?.warnings), /expired of the tests ended on/);
});

const nonsense: readonly (readonly [what: string, options: () => Parameters<typeof inspect>[0]])[] = [
  ["no such connection", () => ({ connection: join(folder, "none"), response: file("x") })],
  ["no such response", () => ({ connection: yaml(), response: join(folder, "none") })],
  ["YAML that is none", () => ({ connection: file("a: ["), response: file("x") })],
  ["YAML of something else", () => ({ connection: file("kind: Rule"), response: file("x") })],
  ["an unknown field", () => ({ connection: yaml({ audience: "x" }), response: file("x") })],
  ["another protocol", () => ({ connection: yaml({ protocol: "oidc" }), response: file("x") })],
  [
    "neither metadata nor keys",
    () => ({ connection: yaml({ certificates: undefined }), response: file("x") }),
  ],
  [
    "metadata at a distance",
    () => ({ connection: yaml({ metadata: { url: "https://x.example" } }), response: file("x") }),
  ],
  ["metadata that is none", () => ({ connection: yaml({ metadata: { xml: "<x/>" } }), response: file("x") })],
  ["no instant", () => ({ connection: yaml(), response: file("x"), at: "noon" })],
  ["no origin", () => ({ connection: yaml(), response: file("x"), url: "https://x.example/path" })],
  ["a key that is none", () => ({ connection: yaml(), response: file("x"), decryptionKey: file("x") })],
  ["two minds", () => ({ connection: yaml(), response: file("x"), unsolicited: true, inResponseTo: "_1" })],
];
for (const [what, options] of nonsense)
  test(`${what}: nothing is judged, and a sentence says why`, async () => {
    const { status, output, complaint } = await inspect(options());
    assert.equal(status, 2);
    assert.equal(output, undefined);
    assert.ok(complaint !== undefined && complaint.length > 10);
  });

const run = (...words: string[]) =>
  spawnSync(process.execPath, ["cli/main.ts", "saml", "inspect", ...words], {
    cwd: new URL("../..", import.meta.url),
    encoding: "utf8",
  });

test("the command prints JSON and its exit status is the verdict", () => {
  const words = ["--connection", yaml(), "--response", file(encode(SIGNED.both))];
  const accepted = run(...words, "--at", at, "--in-response-to", "_request-1");
  assert.equal(accepted.status, 0, accepted.stderr);
  assert.equal(JSON.parse(accepted.stdout).verdict, "accepted");
  const refused = run(...words);
  assert.equal(refused.status, 1, refused.stderr);
  assert.equal(JSON.parse(refused.stdout).code, "saml_issued_in_future");
  assert.equal(run("--connection", yaml()).status, 2);
  assert.equal(run(...words, "--no-such-option").status, 2);
});

const RECORDED = new URL("../../../shared/recorded/", import.meta.url);
const recorded = ["adfs-2016", "entra-signed-assertion-2023", "google-2016", "okta-both-signed-2016"];

test("recorded responses are accepted at their time, as the administrator would ask", {
  skip: !existsSync(RECORDED) && "shared/recorded is absent",
}, async () => {
  for (const name of recorded) {
    const xml = readFileSync(new URL(`${name}.xml`, RECORDED), "utf8");
    const first = (pattern: RegExp) => (pattern.exec(xml)?.[1] ?? "").replaceAll("&quot;", '"');
    const connection = yaml({
      entityId: first(/Audience>([^<]+)</),
      acs: first(/Recipient="([^"]+)"/),
      issuer: first(/Issuer[^>]*>([^<]+)</),
      certificates: [first(/X509Certificate>([^<]+)</)],
      claims: { first: first(/Attribute Name="([^"]+)"[^>]*><[^>]*AttributeValue/) },
    });
    const { status, output } = await inspect({
      connection,
      response: file(xml),
      at: first(/Assertion [^>]*?IssueInstant="([^"]+)"/),
    });
    assert.equal(status, 0, `${name}: ${output?.code}`);
    assert.ok((output?.identity?.subject ?? "").length > 0);
    assert.ok(Object.values(output?.identity?.claims ?? {}).every((values) => values.length > 0));
  }
});

test("a subject that may be somebody else's next year is noted, and its value is not repeated", async () => {
  const warningsOf = async (changes: Record<string, unknown>) =>
    String((await ask(SIGNED.both, yaml(changes))).output?.warnings);
  assert.match(await warningsOf({}), /NameID has the format unspecified/);
  const address = await warningsOf({ subject: "email" });
  assert.match(address, /subject \(email\) is an e-mail address/);
  assert.doesNotMatch(address, /alice/);
});
