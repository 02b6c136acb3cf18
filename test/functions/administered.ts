import { readdirSync, readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { handler } from "../../functions/admin.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { fingerprint, newSecret } from "../../lib/core/secret.ts";
import { putGrant } from "../../lib/store/grants.ts";
import type { Table } from "../../lib/store/table.ts";
import { person } from "../rules/things.ts";
import { startDynamo } from "../support/dynamodb.ts";
import { eventOf } from "../support/event.ts";
import { tapLog } from "../support/wire.ts";
import { assertDescribed } from "./described.ts";

const SEED = new URL("../../infra/local/seed/", import.meta.url);
/** The demo configuration, and a deny of our own at night. */
export const seed: Record<string, unknown>[] = [
  ...readdirSync(SEED)
    .filter((name) => name.endsWith(".yaml"))
    .flatMap((name) => parseAllDocuments(readFileSync(new URL(name, SEED), "utf8")).map((one) => one.toJS())),
  {
    kind: "Rule",
    id: "no-prod-at-night",
    connection: "google",
    effect: "deny",
    when: [{ timeWindow: { zone: "Asia/Tokyo", from: "22:00", until: "06:00" } }],
    grant: { roles: ["ReadOnly"], accounts: ["111111111111"] },
  },
];

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
export const written: string[] = [];
let log: ReturnType<typeof tapLog>;
/** Opens an empty table for the function, and listens to what it logs. */
export async function open(): Promise<void> {
  dynamo = await startDynamo();
  Object.assign(process.env, {
    SEKISHO_URL: "https://broker.example.com",
    SEKISHO_TABLE: dynamo.table.name,
    SEKISHO_FIRST_ADMIN: JSON.stringify({ connection: "okta", subject: "first" }),
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  });
  log = tapLog(written);
}

export async function close(): Promise<void> {
  log.stop();
  await dynamo.stop();
}

/** A token of ours for somebody. */
export async function tokenOf(
  identity: Partial<Identity>,
  purpose: "api" | "credentials" = "api",
  personId = "P",
): Promise<string> {
  const token = `sk_${newSecret()}`;
  const now = Math.floor(Date.now() / 1000);
  await putGrant(dynamo.table, {
    schema: 1,
    id: fingerprint(token),
    kind: "token",
    purpose,
    personId,
    identity: person({ claims: { groups: [] }, ...identity }),
    issuedAt: now,
    expiresAt: now + 600,
  });
  return token;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export async function ask(route: string, token?: string, body?: unknown, more: object = {}): Promise<Answer> {
  const { headers: others = {}, ...rest } = more as { headers?: Record<string, string> };
  const headers = { ...others, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const reply = await handler(eventOf({ route, headers, ...sent, ...rest }));
  const { statusCode = 0, body: text = "{}" } = reply as { statusCode?: number; body?: string };
  const answer = { status: statusCode, body: JSON.parse(text) };
  assertDescribed(route, body, answer);
  return answer;
}
export const sre = () => tokenOf({ claims: { groups: ["sre"] } });

/** The table the function under test writes to. */
export const table = (): Table => dynamo.table;
