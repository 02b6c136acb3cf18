import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { canonicalize } from "../../lib/saml/c14n.ts";
import { parseXml, type XmlElement } from "../../lib/saml/xml.ts";
import { KEYS } from "./genuine.ts";
import { canonicalOf } from "./resign.ts";
import { prefixList, tree, write } from "./trees.ts";

test("the canonical form is the one xml-crypto writes", () => {
  fc.assert(
    fc.property(tree, prefixList, (node, prefixes) => {
      const xml = write(node);
      // xml-crypto has no name for the default namespace in a list.
      const list = prefixes.filter((prefix) => prefix !== "#default");
      assert.equal(canonicalize(parseXml(xml), list), canonicalOf(xml, list));
    }),
    { numRuns: 400 },
  );
});

test("a canonical form is its own canonical form", () => {
  fc.assert(
    fc.property(tree, (node) => {
      const once = canonicalize(parseXml(write(node)));
      assert.equal(canonicalize(parseXml(once)), once);
    }),
  );
});

test("a descendant's canonical form does not depend on who stands around it", () => {
  fc.assert(
    fc.property(tree, (node) => {
      const inner = write(node);
      const alone = canonicalize(parseXml(inner));
      const wrapped = parseXml(`<w xmlns="urn:w" xmlns:unused="urn:u"><v xmlns="">${inner}</v></w>`);
      const [middle] = wrapped.children as XmlElement[];
      const [found] = (middle?.children ?? []) as XmlElement[];
      assert.ok(found !== undefined);
      assert.equal(canonicalize(found), alone);
    }),
  );
});

const xmlsec1 = spawnSync("xmlsec1", ["--version"]).status === 0;
const DSIG = "http://www.w3.org/2000/09/xmldsig#";
const EXC = "http://www.w3.org/2001/10/xml-exc-c14n#";
const SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";

/** A document signed over our own canonical form, which xmlsec1 then computes anew. */
function signedByUs(xml: string, prefixes: readonly string[]): string {
  const list =
    prefixes.length === 0
      ? ""
      : `<e:InclusiveNamespaces xmlns:e="${EXC}" PrefixList="${prefixes.join(" ")}"/>`;
  const outer = (signature: string) =>
    `<s:doc xmlns:s="urn:s" xmlns="urn:outer" xmlns:xs="urn:outer-xs" ID="_1">${xml}${signature}</s:doc>`;
  const digest = createHash("sha256")
    .update(canonicalize(parseXml(outer("")), prefixes))
    .digest("base64");
  const info = `<SignedInfo xmlns="${DSIG}"><CanonicalizationMethod Algorithm="${EXC}"/><SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI="#_1"><Transforms><Transform Algorithm="${DSIG}enveloped-signature"/><Transform Algorithm="${EXC}">${list}</Transform></Transforms><DigestMethod Algorithm="${SHA256}"/><DigestValue>${digest}</DigestValue></Reference></SignedInfo>`;
  const value = sign("sha256", Buffer.from(canonicalize(parseXml(info))), KEYS.idp.key).toString("base64");
  return outer(`<Signature xmlns="${DSIG}">${info}<SignatureValue>${value}</SignatureValue></Signature>`);
}

test("the canonical form is the one xmlsec1 computes", {
  skip: !xmlsec1 && "xmlsec1 is not installed",
}, () => {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-c14n-"));
  try {
    const samples = fc.sample(fc.tuple(tree, prefixList), { numRuns: 150, seed: 20_311 });
    const files = samples.map(([node, prefixes], index) => {
      const file = join(folder, `${index}.xml`);
      writeFileSync(file, signedByUs(write(node), prefixes));
      return file;
    });
    const { stdout, stderr } = spawnSync("xmlsec1", [
      ...["--verify", "--pubkey-cert-pem", `${KEYS.idp.path}.crt`, "--enabled-key-data", "key-name"],
      ...["--id-attr:ID", "urn:s:doc", ...files],
    ]);
    const said = `${stdout}${stderr}`;
    const good = said.split("\n").filter((line) => line === "OK").length;
    assert.equal(good, files.length, `number ${good}: ${JSON.stringify(samples[good])}\n${said.slice(-400)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
