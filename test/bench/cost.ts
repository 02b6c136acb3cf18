/**
 * What AWS would count of one sign-in, one console and one call of a program: units of the table, calls of KMS and STS,
 * bytes of logs. Told by the whole stack, with a counter before the table and one before AWS.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { openClient } from "./load/client.ts";
import { fetchOnce, newTally, providerSession, signInOnce, workloadToken } from "./load/drive.ts";
import type { Bench, Row } from "./row.ts";
import { openSurroundings } from "./surroundings.ts";

/** What was asked of AWS, and what it would be billed for. */
type Counted = Record<string, number>;

const READS = new Set(["GetItem", "BatchGetItem", "Query"]);

interface Counter {
  readonly url: string;
  close(): void;
}

/** Passes everything on and counts it: units for DynamoDB, calls for the rest. */
async function countBefore(target: string, counted: Counted): Promise<Counter> {
  const add = (what: string, amount: number): void => {
    counted[what] = (counted[what] ?? 0) + amount;
  };
  const server = createServer(async (incoming, outgoing) => {
    const asked = await bytesOf(incoming);
    const sent = request(new URL(incoming.url ?? "/", target), {
      method: incoming.method,
      headers: incoming.headers,
    });
    sent.end(asked);
    const [answer] = await once(sent, "response");
    const told = await bytesOf(answer);
    const [service = "", operation = ""] = String(incoming.headers["x-amz-target"] ?? "").split(".");
    if (service.startsWith("DynamoDB")) {
      add(READS.has(operation) ? "read units" : "write units", unitsIn(told.toString("utf8")));
      add("calls to the table", 1);
    } else add(operation === "" ? "STS and federation calls" : `KMS ${operation}`, 1);
    outgoing.writeHead(answer.statusCode, answer.headers).end(told);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function unitsIn(answer: string): number {
  const { ConsumedCapacity = [] }: { ConsumedCapacity?: Capacity | Capacity[] } = JSON.parse(answer);
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
}
interface Capacity {
  readonly CapacityUnits: number;
}

export const bench: Bench = async () => {
  const surroundings = await openSurroundings();
  const counted: Counted = {};
  const { environment, urls } = surroundings;
  const table = await countBefore(environment.AWS_ENDPOINT_URL_DYNAMODB ?? "", counted);
  const aws = await countBefore(environment.AWS_ENDPOINT_URL_STS ?? "", counted);
  const broker = fork(join(import.meta.dirname, "load/broker.ts"), ["functions/*.ts"], {
    env: {
      PATH: process.env.PATH,
      ...environment,
      AWS_ENDPOINT_URL_DYNAMODB: table.url,
      AWS_ENDPOINT_URL_STS: aws.url,
      AWS_ENDPOINT_URL_KMS: aws.url,
      SEKISHO_FEDERATION_URL: `${aws.url}/federation`,
    },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  broker.stdout?.on("data", (chunk: Buffer) => {
    counted["bytes of logs"] = (counted["bytes of logs"] ?? 0) + chunk.length;
  });
  try {
    return await count(broker, urls, counted);
  } finally {
    if (broker.connected) broker.disconnect();
    for (const each of [table, aws]) each.close();
    await surroundings.close();
  }
};

async function count(
  broker: ChildProcess,
  urls: Parameters<typeof signInOnce>[1],
  counted: Counted,
): Promise<Row[]> {
  const [{ url }] = (await once(broker, "message")) as [{ url: string }];
  const client = openClient({ [urls.broker]: url });
  const provider = await providerSession(client, urls);
  const token = await workloadToken(client, urls);
  const signIn = () => signInOnce(client, urls, provider, newTally());
  const console = async () => {
    const cookie = await signIn();
    const { status } = await client.ask(`${urls.broker}/console?account=111111111111&role=ReadOnly`, {
      headers: { cookie, "sec-fetch-site": "same-origin" },
    });
    if (status !== 302) throw new Error(`the console answered ${status}`);
  };
  const program = () => fetchOnce(client, urls, token, newTally());
  const rows: Row[] = [];
  for (const [what, once] of Object.entries({
    "sign-in and register": signIn,
    "the same and a console": console,
    "a program's call": program,
  })) {
    for (const container of ["cold", "warm"]) {
      for (const name of Object.keys(counted)) delete counted[name];
      await once();
      for (const [name, value] of Object.entries(counted).sort())
        rows.push({ what: `${what}, ${container}: ${name}`, value, unit: "count" });
    }
  }
  client.close();
  return rows;
}
