/** Other libraries judge the same signatures. Where they and we disagree, the row must say why. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import samlify from "samlify";
import { isRefusal, type RefusalCode } from "../../lib/core/errors.ts";
import { verifyResponse } from "../../lib/saml/response.ts";
import { encode, expected, KEYS } from "./genuine.ts";
import { HOSTILE } from "./rows/hostile.ts";
import { LEGAL } from "./rows/legal.ts";
import type { Hostile, Legal } from "./rows/row.ts";

const WITH_KEY: ReadonlySet<string> = new Set([
  "saml_unsigned",
  "saml_signature_malformed",
  "saml_signature_algorithm",
  "saml_signature_reference",
  "saml_signature_transform",
  "saml_signature_digest",
  "saml_signature_invalid",
  "saml_key_missing",
  "saml_key_unusable",
] satisfies RefusalCode[]);

const POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/** It works through hundreds of references for half a minute. */
const LARGEST_FOR_SAMLIFY = 20_000;

interface Judged {
  readonly row: Hostile | Legal;
  readonly xml: string;
  readonly certificate: string;
  /** What we say of the signatures alone. */
  readonly right: boolean;
}

/** Rows whose signatures we judge, and others can: plain XML, not refused for its shape before any signature. */
async function judge(row: Hostile | Legal): Promise<Judged | undefined> {
  const xml = row.make();
  if (typeof xml !== "string" || xml.includes("EncryptedAssertion")) return undefined;
  const wanted = { ...expected, ...row.expected };
  const code = await verifyResponse(encode(xml), wanted).then(
    () => undefined,
    (thrown: unknown) => (isRefusal(thrown) ? thrown.code : "none"),
  );
  if (code !== undefined && !WITH_KEY.has(code)) return undefined;
  const [certificate = ""] = wanted.certificates;
  const usable = certificate.includes("-----BEGIN CERT") && wanted.certificates.length === 1;
  return { row, xml, certificate: usable ? certificate : KEYS.idp.certificate, right: code === undefined };
}

const judged = (await Promise.all([...HOSTILE, ...LEGAL].map(judge))).filter((one) => one !== undefined);

test("there is enough to judge", () => {
  assert.ok(judged.filter(({ right }) => right).length >= 20);
  assert.ok(judged.filter(({ right }) => !right).length >= 60);
});

/** An unexplained difference, or an explanation of none. */
function complaints(who: "xmlsec1" | "samlify", verdict: (one: Judged) => boolean): string[] {
  return judged.flatMap((one) => {
    const said = verdict(one);
    const why = one.row.explained?.[who];
    if (said !== one.right && why === undefined)
      return [`${one.row.what}: ${who} says ${said}, we ${one.right}`];
    if (said === one.right && why !== undefined) return [`${one.row.what}: explained, yet ${who} agrees`];
    return [];
  });
}

test("samlify judges the same signatures alike, or the row says why not", () => {
  samlify.setSchemaValidator({ validate: async () => "unchecked" });
  const verdict = ({ xml, certificate, right }: Judged): boolean => {
    if (xml.length > LARGEST_FOR_SAMLIFY) return right;
    const service = [{ Binding: POST, Location: "https://idp.example.com" }];
    const idp = samlify.IdentityProvider({
      entityID: expected.issuer,
      signingCert: certificate,
      singleSignOnService: service,
      singleLogoutService: service,
    });
    try {
      const [right] = samlify.SamlLib.verifySignature(xml, {
        metadata: idp.entityMeta,
        signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
      });
      return right;
    } catch {
      return false;
    }
  };
  assert.deepEqual(complaints("samlify", verdict), []);
});

const xmlsec1 = spawnSync("xmlsec1", ["--version"]).status === 0;
const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";
/** Signatures where SAML has them. */
const PLACES = {
  response: "/*[local-name()='Response']/*[local-name()='Signature']",
  assertion: "/*[local-name()='Response']/*[local-name()='Assertion']/*[local-name()='Signature']",
} as const;

interface Paper {
  readonly file: string;
  readonly place: keyof typeof PLACES;
  readonly certificate: string;
}

/** Runs over papers of one key and place; xmlsec1 stops at the first wrong one, so it is started again behind that. */
function rightPapers(papers: readonly Paper[]): Set<string> {
  const right = new Set<string>();
  let rest = papers;
  while (rest[0] !== undefined) {
    const { place, certificate } = rest[0];
    const { stdout, stderr } = spawnSync("xmlsec1", [
      ...["--verify", "--pubkey-cert-pem", certificate, "--enabled-key-data", "key-name"],
      ...["--id-attr:ID", `${PROTOCOL}:Response`, "--id-attr:ID", `${ASSERTION}:Assertion`],
      ...["--node-xpath", PLACES[place], ...rest.map(({ file }) => file)],
    ]);
    const good = `${stdout}${stderr}`.split("\n").filter((line) => line === "OK").length;
    for (const { file } of rest.slice(0, good)) right.add(`${place} ${file}`);
    rest = rest.slice(good + 1);
  }
  return right;
}

test("xmlsec1 judges the same signatures alike, or the row says why not", {
  skip: !xmlsec1 && "xmlsec1 is not installed",
}, () => {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-xmlsec-"));
  try {
    const papers = judged.map((one, index) => {
      const file = join(folder, `${index}.xml`);
      const certificate = join(folder, `${index}.crt`);
      writeFileSync(file, one.xml);
      writeFileSync(certificate, one.certificate);
      const places = placesIn(one.xml);
      return { one, places: places.map((place): Paper => ({ file, place, certificate })) };
    });
    const groups = Map.groupBy(
      papers.flatMap(({ one, places }) => places.map((paper) => ({ paper, one }))),
      ({ paper, one }) => `${paper.place} ${one.right} ${one.certificate}`,
    );
    const right = new Set(
      [...groups.values()].flatMap((group) => [...rightPapers(group.map(({ paper }) => paper))]),
    );
    const verdicts = new Map(
      papers.map(({ one, places }) => [
        one,
        places.length > 0 && places.every(({ place, file }) => right.has(`${place} ${file}`)),
      ]),
    );
    assert.deepEqual(
      complaints("xmlsec1", (one) => verdicts.get(one) === true),
      [],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Where a document holds signatures, told by what stands before them. */
function placesIn(xml: string): (keyof typeof PLACES)[] {
  const assertion = xml.search(/<(?:\w+:)?Assertion[ >]/);
  const signatures = [...xml.matchAll(/<(?:\w+:)?Signature[ >/]/g)].map(({ index }) => index);
  const places: (keyof typeof PLACES)[] = [];
  if (signatures.some((index) => index < assertion)) places.push("response");
  if (signatures.some((index) => index > assertion)) places.push("assertion");
  return places;
}
