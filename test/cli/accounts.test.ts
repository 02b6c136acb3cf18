import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { withMetadata } from "../../cli/member-template.ts";
import { readMetadata } from "../../cli/published.ts";
import { idpMetadata } from "../../lib/saml/metadata.ts";
import { readTemplate, resolve } from "../operations/template.ts";
import { KEYS } from "../saml/genuine.ts";
import { folder, sekisho, serve } from "./run.ts";

const URL_OF_BROKER = "https://broker.example.com";
const OURS = readFileSync(new URL("../../infra/member-account.yml", import.meta.url), "utf8");
const metadata = (...certificates: string[]) =>
  idpMetadata({
    entityId: `${URL_OF_BROKER}/saml/idp/metadata`,
    certificates,
    ssoUrl: `${URL_OF_BROKER}/saml/idp/sso`,
  });

test("the template holds the metadata byte for byte, and asks for no parameter", async () => {
  const xml = await metadata(KEYS.idp.certificate, KEYS.next.certificate, KEYS.other.certificate);
  assert.ok(xml.length > 4096, "longer than a parameter can be");
  const written = withMetadata(OURS, xml, URL_OF_BROKER);
  const template = readTemplate(written);
  const around = { template, accountId: "111111111111", partition: "aws", references: new Map() };
  const providers = Object.values(template.Resources).filter(({ Type }) => Type === "AWS::IAM::SAMLProvider");
  assert.deepEqual(
    providers.map(({ Properties }) => resolve(Properties.SamlMetadataDocument, around)),
    [xml],
  );
  const asked = Object.entries(template.Parameters ?? {}).filter(([, { Default }]) => Default === undefined);
  assert.deepEqual(asked, []);
  assert.equal(template.Parameters?.BrokerUrl?.Default, URL_OF_BROKER);
  assert.match(written, /!Sub "\$\{BrokerUrl\}/, "short forms stay");
  assert.ok(written.length < 51_200, "small enough to be given as a file");
});

test("written again with other metadata it differs in nothing else", async () => {
  const [one, two] = await Promise.all([metadata(KEYS.idp.certificate), metadata(KEYS.next.certificate)]);
  const first = withMetadata(OURS, one, URL_OF_BROKER);
  assert.equal(withMetadata(first, two, URL_OF_BROKER), withMetadata(OURS, two, URL_OF_BROKER));
});

for (const [what, template] of [
  ["no provider", "Resources: { A: { Type: AWS::IAM::Role } }"],
  [
    "two providers",
    "Resources: { A: { Type: AWS::IAM::SAMLProvider }, B: { Type: AWS::IAM::SAMLProvider } }",
  ],
  ["no resources", "Outputs: {}"],
  ["no YAML", "a: [b"],
] as const)
  test(`a template with ${what} is refused as asked wrongly`, () => {
    assert.throws(() => withMetadata(template, "<x/>", URL_OF_BROKER), { exitCode: 2 });
  });

test("metadata goes to a file or to the output, and its fingerprints beside it", async () => {
  const xml = await metadata(KEYS.idp.certificate);
  await using broker = await serve(async () => ({ statusCode: 200, body: xml }));
  const shown = await sekisho(["metadata"], { SEKISHO_URL: broker.url });
  assert.equal(shown.out, xml);
  const [fingerprint = ""] = readMetadata(xml)?.fingerprints ?? [];
  assert.match(shown.err, new RegExp(fingerprint.slice(0, 16)));
  using place = folder({});
  const written = await sekisho(["metadata", "--out", `${place.path}/a.xml`], { SEKISHO_URL: broker.url });
  assert.deepEqual([written.code, written.out], [0, ""]);
  assert.equal(readFileSync(`${place.path}/a.xml`, "utf8"), xml);
});

test("a broker without keys, and a host that is none, are told apart", async () => {
  await using early = await serve(async () => ({
    statusCode: 503,
    body: JSON.stringify({
      code: "keys_missing",
      message: "The broker has no signing key yet.",
      reference: "R",
    }),
  }));
  const none = await sekisho(["metadata"], { SEKISHO_URL: early.url });
  assert.deepEqual([none.code, none.out], [1, ""]);
  assert.match(none.err, /no signing key yet.*keys_missing, R/);
  await using other = await serve(async () => ({ statusCode: 200, body: "<html></html>" }));
  const page = await sekisho(["metadata"], { SEKISHO_URL: other.url });
  assert.equal(page.code, 1);
  assert.match(page.err, /is it a Sekisho broker\?/);
  const gone = await sekisho(["metadata"], { SEKISHO_URL: "http://127.0.0.1:1" });
  assert.equal(gone.code, 1);
  assert.match(gone.err, /cannot be reached \((?!fetch failed)/);
});

test("a check needs accounts to look at", async () => {
  using place = folder({ "rules.yaml": "kind: Settings\n" });
  const ran = await sekisho(["accounts", "check", "-f", place.path], { SEKISHO_URL: "http://127.0.0.1:1" });
  assert.equal(ran.code, 2);
  assert.match(ran.err, /has no Account/);
});
