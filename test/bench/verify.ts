/** What it costs to verify a response: beside the cryptography it cannot do without, and beside other libraries. */
import { hash, sign, verify, X509Certificate } from "node:crypto";
import { SAML } from "@node-saml/node-saml";
import samlify from "samlify";
import { canonicalize } from "../../lib/saml/c14n.ts";
import { openMessage } from "../../lib/saml/gate.ts";
import { verifyResponse } from "../../lib/saml/response.ts";
import {
  ACS,
  ATTRIBUTES,
  encode,
  expected,
  IDP,
  KEYS,
  SIGNED,
  SP,
  sealed,
  sign as signBy,
  swap,
  UNSIGNED,
  unwrapWith,
} from "../saml/genuine.ts";
import { HOSTILE } from "../saml/rows/hostile.ts";
import { atMost, type Row } from "./row.ts";
import { inTurns, taking } from "./timing.ts";

const POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/** A response of 7 kB with one signature, of the size that directories send. */
const more = Array.from(
  { length: 10 },
  (_, index) =>
    `<saml:Attribute Name="department${index}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"><saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">value ${index}</saml:AttributeValue></saml:Attribute>`,
).join("");
const xml = signBy(
  swap(
    ATTRIBUTES,
    ATTRIBUTES.replace("</saml:AttributeStatement>", () => `${more}</saml:AttributeStatement>`),
  )(UNSIGNED),
  "assertion",
);

/** Others look at the real clock, so they get a response issued now. */
function current(): string {
  const shift = Date.now() - expected.now * 1000;
  const fresh = UNSIGNED.replace(/2031-03-0\dT[\d:.]+Z/g, (text) =>
    new Date(Date.parse(text) + shift).toISOString(),
  );
  return signBy(fresh, "assertion");
}

async function others(floor: () => unknown): Promise<Row[]> {
  const field = encode(current());
  samlify.setSchemaValidator({ validate: async () => "unchecked" });
  const service = [{ Binding: POST, Location: "https://idp.example.com/sso" }];
  const idp = samlify.IdentityProvider({
    entityID: IDP,
    signingCert: KEYS.idp.certificate,
    singleSignOnService: service,
    singleLogoutService: service,
  });
  const sp = samlify.ServiceProvider({
    entityID: SP,
    wantAssertionsSigned: true,
    assertionConsumerService: [{ Binding: POST, Location: ACS }],
  });
  const saml = new SAML({
    idpCert: KEYS.idp.certificate,
    issuer: SP,
    audience: SP,
    callbackUrl: ACS,
    wantAuthnResponseSigned: false,
  });
  const work = {
    floor,
    samlify: () => sp.parseLoginResponse(idp, "post", { body: { SAMLResponse: field } }),
    nodeSaml: () => saml.validatePostResponseAsync({ SAMLResponse: field }),
  };
  const taken = await inTurns(work, { rounds: 80 });
  const note = "5 kB; fewer checks";
  return [
    taking("samlify 2.13", taken("samlify"), taken("floor"), { note }),
    taking("node-saml 5.1", taken("nodeSaml"), taken("floor"), { note }),
  ];
}

/** CPU that one hostile request costs, refused. */
async function attacks(): Promise<Row[]> {
  const names = [
    "500 references",
    "100,000 elements",
    "45,000 elements, which is as many as fit",
    "a depth of 20,000",
    "65 attributes",
    "a billion laughs",
    "an inflate bomb",
    "a namespace whose name is written 600 times when signed",
  ];
  const fields = names.map((what) => {
    const made = HOSTILE.find((one) => one.what === what)?.make();
    if (made === undefined) throw new Error(`no row called ${what}`);
    return [what, typeof made === "string" ? encode(made) : made.field] as const;
  });
  await verifyResponse(encode(SIGNED.both), expected);
  const rows: Row[] = [];
  for (const [what, field] of fields) {
    const before = process.cpuUsage();
    const answer = await verifyResponse(field, expected).then(
      () => "accepted",
      (thrown: { code?: string }) => String(thrown.code),
    );
    const { user, system } = process.cpuUsage(before);
    rows.push({
      what: `refuse ${what}`,
      value: user + system,
      unit: "us",
      budget: atMost(50_000, user + system, "50 ms of CPU"),
      note: `the first such request, ${Math.round(field.length / 1024)} KiB; ${answer}`,
    });
  }
  return rows;
}

export async function bench(): Promise<readonly Row[]> {
  const hostile = await attacks();
  const key = new X509Certificate(KEYS.idp.certificate).publicKey;
  const body = Buffer.from(xml);
  const info = Buffer.from(/<ds:SignedInfo.*<\/ds:SignedInfo>/s.exec(xml)?.[0] ?? "");
  const value = sign("sha256", info, KEYS.idp.key);
  const field = encode(xml);
  const tree = openMessage(field);
  const both = encode(SIGNED.both);
  const bothBody = Buffer.from(SIGNED.both);
  const encrypted = encode(sealed());
  const decrypting = { ...expected, unwrapKey: unwrapWith(KEYS.sp.key) };
  const floor = () => {
    hash("sha256", body, "buffer");
    return verify("sha256", info, key, value);
  };
  const work = {
    floor,
    twice: () => {
      // The signed response is digested around the assertion it holds, and that once more.
      hash("sha256", bothBody, "buffer");
      hash("sha256", bothBody, "buffer");
      return verify("sha256", info, key, value) && verify("sha256", info, key, value);
    },
    all: () => verifyResponse(field, expected),
    parse: () => openMessage(field),
    form: () => canonicalize(tree),
    both: () => verifyResponse(both, expected),
  };
  const taken = await inTurns(work, { rounds: 400, calls: 8 });
  const unwrapping = await inTurns(
    { floor, encrypted: () => verifyResponse(encrypted, decrypting) },
    { rounds: 100 },
  );
  const size = `${(xml.length / 1000).toFixed(1)} kB`;
  const ratio = (name: string, least: string): number => taken(name).quiet / taken(least).quiet;
  return [
    taking("floor: one RSA-2048 verification and one SHA-256", taken("floor"), undefined, {
      note: `over ${size}`,
    }),
    taking("verify a response, every check", taken("all"), taken("floor"), {
      budget: atMost(8, ratio("all", "floor"), "8x, aim 6x"),
      note: `${size}, assertion signed`,
    }),
    taking("of that, gate and parse", taken("parse"), taken("floor")),
    taking("of that, canonical form", taken("form"), taken("floor"), { note: "the whole document" }),
    taking("floor: two verifications and two SHA-256", taken("twice")),
    taking("verify a response, both signed", taken("both"), taken("twice"), {
      budget: atMost(8, ratio("both", "twice"), "8x of two"),
      note: `${(SIGNED.both.length / 1000).toFixed(1)} kB`,
    }),
    taking("verify an encrypted assertion", unwrapping("encrypted"), unwrapping("floor"), {
      note: "with RSA-OAEP in this process",
    }),
    ...(await others(floor)),
    ...hostile,
  ];
}
