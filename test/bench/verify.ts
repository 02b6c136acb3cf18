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
import { median, type Row } from "./row.ts";

const POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/** Median of single runs, in microseconds, after warming up. */
async function time(runs: number, work: () => unknown): Promise<number> {
  for (let run = 0; run < runs; run++) await work();
  const taken: number[] = [];
  for (let run = 0; run < runs; run++) {
    const before = process.hrtime.bigint();
    await work();
    taken.push(Number(process.hrtime.bigint() - before) / 1000);
  }
  return median(taken);
}

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

async function others(floor: number): Promise<Row[]> {
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
  const bySamlify = await time(60, () =>
    sp.parseLoginResponse(idp, "post", { body: { SAMLResponse: field } }),
  );
  const byNodeSaml = await time(60, () => saml.validatePostResponseAsync({ SAMLResponse: field }));
  return [
    { what: "samlify", microseconds: bySamlify, ratio: bySamlify / floor, note: "5 kB; fewer checks" },
    { what: "node-saml", microseconds: byNodeSaml, ratio: byNodeSaml / floor, note: "5 kB; fewer checks" },
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
      microseconds: user + system,
      note: `CPU of the first such request, ${Math.round(field.length / 1024)} KiB; ${answer}; at most 50 ms`,
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
  const encrypted = encode(sealed());
  const decrypting = { ...expected, unwrapKey: unwrapWith(KEYS.sp.key) };
  const size = `${(xml.length / 1000).toFixed(1)} kB`;
  const floor = await time(3000, () => {
    hash("sha256", body, "buffer");
    return verify("sha256", info, key, value);
  });
  const row = async (what: string, note: string, work: () => unknown): Promise<Row> => {
    const microseconds = await time(1500, work);
    return { what, microseconds, ratio: microseconds / floor, note };
  };
  return [
    { what: "floor: one RSA-2048 verification and one SHA-256", microseconds: floor, note: `over ${size}` },
    await row("verify a response, every check", `${size}, assertion signed; goal 8x`, () =>
      verifyResponse(field, expected),
    ),
    await row("of that, gate and parse", size, () => openMessage(field)),
    await row("of that, canonical form", "the whole document", () => canonicalize(tree)),
    await row(
      "verify a response, both signed",
      `${(SIGNED.both.length / 1000).toFixed(1)} kB, two signatures`,
      () => verifyResponse(both, expected),
    ),
    await row("verify an encrypted assertion", "with RSA-OAEP in this process", () =>
      verifyResponse(encrypted, decrypting),
    ),
    ...(await others(floor)),
    ...hostile,
  ];
}
