/**
 * Makes what the throughput bench drives everybody with, against a whole local stack: sign-ins that wait for an answer,
 * the answers, signed, and the table's items as they then are. Runs once in a process of its own.
 */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { TABLE } from "../../../infra/local/environment.ts";
import { type Stack, startStack } from "../../../infra/local/stack.ts";
import { ACS, ATTRIBUTES, encode, IDP, KEYS, REQUEST, SP, sign, UNSIGNED } from "../../saml/genuine.ts";
import { openClient } from "../load/client.ts";
import { type Traffic, toText } from "./wire.ts";

const GROUPS = 30;
const CONNECTION = {
  kind: "Connection",
  id: "bench",
  protocol: "saml",
  title: "Bench",
  issuer: IDP,
  ssoUrl: "https://idp.example.com/sso",
  certificates: [KEYS.idp.certificate],
  claims: { groups: "groups", email: "email" },
};
const RULES = Array.from({ length: 10 }, (_, index) => ({
  kind: "Rule",
  id: `bench-${index}`,
  connection: "bench",
  effect: "allow",
  when: [{ claim: "groups", equals: `group-${index}` }],
  grant: { roles: ["ReadOnly"], accounts: ["ou:/**"] },
}));

const [out = "", count = "300"] = process.argv.slice(2);
const stack = await startStack({
  port: 0,
  prepare: async (objects) => [...objects, CONNECTION, ...RULES],
});
try {
  writeFileSync(out, toText(await traffic(stack)));
} finally {
  await stack.stop();
}

async function traffic(stack: Stack): Promise<Traffic> {
  const client = openClient({});
  const answers: Traffic["answers"][number][] = [];
  for (let each = 0; each < Number(count); each++) {
    const start = await client.ask(`${stack.url}/signin/bench?to=/`);
    const url = new URL(start.headers.location ?? "");
    const request = inflateRawSync(Buffer.from(url.searchParams.get("SAMLRequest") ?? "", "base64"));
    const id = /\bID="([^"]+)"/.exec(request.toString())?.[1] ?? "";
    const cookie = start.headers["set-cookie"]?.map((line) => line.slice(0, line.indexOf(";"))).join("; ");
    answers.push({
      response: encode(respond(stack.url, id)),
      relayState: url.searchParams.get("RelayState") ?? "",
      cookie: cookie ?? "",
    });
  }
  client.close();
  const acs = `${stack.url}/saml/bench/acs`;
  const entityId = `${stack.url}/saml/bench/metadata`;
  const idp = { entityId: IDP, certificate: KEYS.idp.certificate };
  return {
    url: stack.url,
    acs,
    entityId,
    idp,
    environment: stack.environment,
    items: await items(),
    answers,
  };
}

/** A response of 7 kB with 30 groups, issued now to this request, its assertion signed. */
function respond(url: string, request: string): string {
  const shift = Date.now() - Date.parse("2031-03-04T05:06:07Z");
  const value = /<saml:AttributeValue[^>]*>sre<\/saml:AttributeValue>/.exec(ATTRIBUTES)?.[0] ?? "";
  const groups = Array.from({ length: GROUPS }, (_, index) => value.replace("sre", `group-${index}`)).join(
    "",
  );
  const changed = UNSIGNED.replace(value, () => groups)
    .replaceAll(ACS, `${url}/saml/bench/acs`)
    .replaceAll(SP, `${url}/saml/bench/metadata`)
    .replaceAll(REQUEST, request)
    .replaceAll("_assertion-1", `_${randomBytes(16).toString("hex")}`)
    .replace(/2031-03-0\dT[\d:.]+Z/g, (text) => new Date(Date.parse(text) + shift).toISOString());
  return sign(changed, "assertion");
}

async function items(): Promise<Traffic["items"]> {
  const client = new DynamoDBClient({ region: "us-east-1" });
  const { Items, LastEvaluatedKey } = await client.send(new ScanCommand({ TableName: TABLE }));
  if (LastEvaluatedKey !== undefined) throw new Error("the table of the bench is larger than one page");
  return Items ?? [];
}
