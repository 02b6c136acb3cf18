/** What an assertion costs beside the one RSA signature in it. */
import { createSign, sign } from "node:crypto";
import { IdentityProvider, SamlLib, ServiceProvider, setSchemaValidator } from "samlify";
import type { Signer } from "../../lib/core/signer.ts";
import { mintAssertion } from "../../lib/saml/assertion.ts";
import { idpMetadata, spMetadata } from "../../lib/saml/metadata.ts";
import { newIssuer } from "../aws/issuer.ts";
import { input } from "../saml/assertion-input.ts";
import { atMost, type Bench, type Row } from "./row.ts";
import { inTurns, taking } from "./timing.ts";

export const bench: Bench = async (): Promise<readonly Row[]> => {
  const { key, record } = await newIssuer();
  const pem = key.export({ type: "pkcs8", format: "pem" }).toString();
  const signed = Buffer.alloc(600, "a");
  // KMS signs digests; in memory the same bytes are signed from what was hashed, at the price of a second hash.
  const local: Signer = {
    certificate: record.certificate,
    sign: async (digest) => createSign("sha256").update(digest).sign(key),
  };
  const samlify = await theirs(pem, record.certificate);
  const work = {
    floor: () => sign("sha256", signed, key),
    ours: () => mintAssertion(input, local),
    samlify,
  };
  const taken = await inTurns(work, { rounds: 400 });
  const ratio = taken("ours").quiet / taken("floor").quiet;
  return [
    taking("floor: one RSA-2048 signature", taken("floor")),
    taking("mint and sign one assertion", taken("ours"), taken("floor"), {
      budget: atMost(1.5, ratio, "1.5x"),
      note: "key in this process",
    }),
    taking("samlify createLoginResponse", taken("samlify"), taken("floor"), {
      note: "one role as one value",
    }),
  ];
};

async function theirs(privateKey: string, certificate: string): Promise<() => Promise<unknown>> {
  setSchemaValidator({ validate: async () => "bench" });
  const template = SamlLib.defaultLoginResponseTemplate.context;
  const idp = IdentityProvider({
    metadata: await idpMetadata({
      entityId: input.issuer,
      certificates: [certificate],
      ssoUrl: "https://b/sso",
    }),
    privateKey,
    loginResponseTemplate: {
      context: template,
      attributes: input.attributes.slice(0, 2).map(([name], at) => ({
        name,
        nameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
        valueXsiType: "xs:string",
        valueTag: `value${at}`,
      })),
    },
  });
  const sp = ServiceProvider({
    metadata: await spMetadata({
      entityId: input.audience,
      acs: input.recipient,
      signingCertificates: [],
      encryptionCertificates: [],
      signsRequests: false,
    }),
  });
  const fill = (xml: string) => ({
    id: "_1",
    context: SamlLib.replaceTagsByValue(xml, {
      ID: "_1",
      AssertionID: "_2",
      Issuer: input.issuer,
      Audience: input.audience,
      NameID: input.nameId,
      attrValue0: "role",
      attrValue1: "name",
    }),
  });
  const user = { email: input.nameId };
  return () => idp.createLoginResponse(sp, { extract: { request: { id: "_0" } } }, "post", user, fill);
}
