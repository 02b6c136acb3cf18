import assert from "node:assert/strict";
import test from "node:test";
import { DOMParser, type Element } from "@xmldom/xmldom";
import fc from "fast-check";
import type { Signer } from "../../lib/core/signer.ts";
import { mintAssertion } from "../../lib/saml/assertion.ts";
import { parseXml } from "../../lib/saml/xml.ts";
import { input } from "./assertion-input.ts";

/** A signature of the right length that nobody verifies here. */
const signer: Signer = { certificate: "AAAA", sign: async () => new Uint8Array(256) };

/** Everything an XML document can hold, markup and placeholders in plenty. */
const speakable = fc
  .oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."<>&\"'{}[]!-?/:=#x0\r\n\t $Role".split("")) }),
    fc.constantFrom(
      "</saml:AttributeValue><saml:AttributeValue>",
      "]]><!--",
      "{Role}",
      "&lt;&amp;lt;",
      "<![CDATA[x]]>",
      '" Name="x',
      "<?pi?>",
    ),
  )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML cannot hold
  .filter((text) => text.isWellFormed() && !/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text))
  // xmldom reads these as XML 1.1 does, as ends of lines, in documents of 1.0 too.
  .filter((text) => !/[\u0085\u2028]/.test(text));

const shape = (root: Element): string =>
  [...root.getElementsByTagName("*")].map((element) => element.nodeName).join(" ");

test("whatever a value holds, it is read back as it was, and the document keeps its shape", async () => {
  const parse = async (value: string, name: string) => {
    const attributes = [[name, [value, "second"]]] as const;
    const { response } = await mintAssertion({ ...input, nameId: value, attributes }, signer);
    const xml = Buffer.from(response, "base64").toString("utf8");
    parseXml(xml);
    return new DOMParser().parseFromString(xml, "text/xml").documentElement as Element;
  };
  const plain = shape(await parse("plain", "plain"));
  await fc.assert(
    fc.asyncProperty(speakable, speakable, async (value, name) => {
      const root = await parse(value, name);
      assert.equal(shape(root), plain);
      const values = [...root.getElementsByTagName("saml:AttributeValue")].map((one) => one.textContent);
      assert.deepEqual(values, [value, "second"]);
      assert.equal(root.getElementsByTagName("saml:NameID")[0]?.textContent, value);
      assert.equal(root.getElementsByTagName("saml:Attribute")[0]?.getAttribute("Name"), name);
    }),
    { numRuns: 400 },
  );
});
