import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** What a wire may do to one request. */
export type Fault =
  /** The connection breaks before anybody heard the request. */
  | "cut"
  /** The request is obeyed, and the connection breaks before the answer. */
  | "lost"
  /** The request is obeyed, and half of the answer arrives. */
  | "truncated"
  /** Nobody ever answers. */
  | "silent"
  | "garbage"
  | "empty"
  | "failing"
  | "throttled"
  | "denied"
  /** BatchGetItem finds time for none of its keys. */
  | "unprocessed";

/** One request as the wire sees it. */
export interface Passing {
  /** `PutItem`, `Sign`, `AssumeRoleWithSAML`, `getSigninToken`. */
  readonly operation: string;
  readonly body: string;
}

/** An answer on its way. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly text: string;
}

/** The request is obeyed, and something else is answered or later. */
export interface Lie {
  readonly tell?: (answer: Answer) => Partial<Answer>;
  readonly afterMilliseconds?: number;
}

/** Says what happens to a request; nothing, where it answers undefined. */
export type Schedule = (passing: Passing) => Fault | Lie | undefined;

export interface FaultyWire {
  readonly url: string;
  schedule: Schedule;
  /** Whole answers that went through, newest last, with what was asked. */
  readonly answers: {
    readonly operation: string;
    readonly body: string;
    readonly text: string;
    readonly fault: Fault | "lie" | undefined;
  }[];
  /** Requests that came, the faulty ones among them. */
  readonly asked: { readonly operation: string; readonly fault: Fault | "lie" | undefined }[];
  stop(): Promise<void>;
}

export const healthy: Schedule = () => undefined;

/** A wire to an HTTP service of AWS, on a free port, that breaks as its schedule says. */
export async function startFaultyWire(target: string): Promise<FaultyWire> {
  const server = createServer((asking, answering) => {
    pass(asking, answering).catch(() => answering.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const wire: FaultyWire = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    schedule: healthy,
    answers: [],
    asked: [],
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };

  async function pass(asking: IncomingMessage, answering: ServerResponse): Promise<void> {
    const body = await readAll(asking);
    const passing = { operation: operationOf(asking, body), body };
    const planned = wire.schedule(passing);
    const fault = typeof planned === "object" ? "lie" : planned;
    wire.asked.push({ operation: passing.operation, fault });
    if (planned === "silent") return;
    if (planned === "cut") return void answering.destroy();
    const said = typeof planned === "string" ? saying(planned, asking, body) : undefined;
    if (said !== undefined) {
      answering.writeHead(said.status, { "content-type": said.type });
      return void answering.end(said.text);
    }
    const answer = await forward(target, asking, body);
    wire.answers.push({ ...passing, text: answer.text.toString("utf8"), fault });
    await pronounce(answering, answer, planned);
  }
  return wire;
}

type Forwarded = Omit<Answer, "text"> & { readonly text: Buffer };

/** What becomes of the answer to a request that was obeyed. */
async function pronounce(
  answering: ServerResponse,
  { status, headers, text }: Forwarded,
  planned: ReturnType<Schedule>,
): Promise<void> {
  if (planned === "lost") return void answering.destroy();
  if (typeof planned === "object")
    return lie(answering, { status, headers, text: text.toString("utf8") }, planned);
  answering.writeHead(status, headers);
  if (planned !== "truncated") return void answering.end(text);
  answering.write(text.subarray(0, text.length >> 1), () => answering.destroy());
}

async function lie(answering: ServerResponse, answer: Answer, { tell, afterMilliseconds = 0 }: Lie) {
  const { "content-length": _, "x-amz-crc32": __, ...headers } = answer.headers;
  const told = { ...answer, headers, ...tell?.(answer) };
  if (afterMilliseconds > 0) await pause(afterMilliseconds);
  if (answering.destroyed) return;
  answering.writeHead(told.status, told.headers);
  answering.end(told.text);
}

async function readAll(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

const operationOf = ({ headers }: IncomingMessage, body: string): string =>
  String(headers["x-amz-target"] ?? "")
    .split(".")
    .at(-1) ||
  (new URLSearchParams(body).get("Action") ?? "?");

/** What a fault answers in the place of the service, in the words of its wire. */
function saying(fault: Fault, { headers }: IncomingMessage, body: string) {
  const target = headers["x-amz-target"];
  const wire = target === undefined ? "xml" : String(target).startsWith("DynamoDB") ? "dynamodb" : "json";
  const type = wire === "xml" ? "text/xml" : "application/x-amz-json-1.0";
  const error = ERRORS[wire][fault];
  if (error !== undefined) return { status: error[0], type, text: wordsOf(wire, error[1]) };
  if (fault === "garbage") return { status: 200, type, text: "<<< not what you asked for" };
  if (fault === "empty") return { status: 200, type, text: "" };
  return fault === "unprocessed" ? { status: 200, type, text: noneOf(body) } : undefined;
}

type Wire = "xml" | "json" | "dynamodb";

const ERRORS: Readonly<Record<Wire, Partial<Record<Fault, readonly [status: number, code: string]>>>> = {
  xml: { failing: [500, "InternalFailure"], denied: [403, "AccessDenied"], throttled: [429, "Throttling"] },
  json: {
    failing: [500, "InternalServerError"],
    denied: [400, "AccessDeniedException"],
    throttled: [400, "ThrottlingException"],
  },
  dynamodb: {
    failing: [500, "InternalServerError"],
    denied: [400, "AccessDeniedException"],
    throttled: [400, "ProvisionedThroughputExceededException"],
  },
};

const wordsOf = (wire: Wire, code: string): string =>
  wire === "xml"
    ? `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>`
    : JSON.stringify({ __type: `com.amazonaws#${code}`, message: "no" });

/** An answer to BatchGetItem that has none of the keys. */
function noneOf(body: string): string {
  const { RequestItems } = JSON.parse(body) as { RequestItems: Readonly<Record<string, unknown>> };
  const [TableName] = Object.keys(RequestItems);
  const ConsumedCapacity = [{ TableName, CapacityUnits: 0 }];
  return JSON.stringify({ Responses: {}, UnprocessedKeys: RequestItems, ConsumedCapacity });
}

function forward(target: string, asking: IncomingMessage, body: string) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    headers: Record<string, string | string[]>;
    text: Buffer;
  }>();
  const url = new URL(asking.url ?? "/", target);
  const sent = request(url, { method: asking.method, headers: asking.headers }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on("data", (chunk: Buffer) => chunks.push(chunk));
    answer.on("error", reject);
    answer.on("end", () => {
      const text = Buffer.concat(chunks);
      const { "transfer-encoding": _, connection: __, ...kept } = answer.headers;
      const headers = { ...kept, "content-length": String(text.length) } as Record<string, string | string[]>;
      resolve({ status: answer.statusCode ?? 0, headers, text });
    });
  });
  sent.on("error", reject);
  sent.end(body);
  return promise;
}
