import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { verifySignature } from "../../infra/local/aws/sigv4.ts";
import type { AwsRequest, World } from "../../infra/local/aws/wire.ts";
import { type Clock, systemClock } from "../../lib/core/time.ts";

/** One entry as it came. */
export interface Taken {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Time: number;
}

/** What is asked of EventBridge or S3. */
export interface Asked {
  readonly operation: "PutEvents" | "PutObject";
  /** ARN of the bus, or of the object to be. */
  readonly resource: string;
  /** For S3, the account that the bucket must belong to. */
  readonly owner?: string;
  /** And the region it was asked in, and the key it shall encrypt with. */
  readonly region?: string;
  readonly key?: string;
}

/** An EventBridge and an S3 with Object Lock, stricter than AWS's, for what `worker` asks of them. */
export interface AuditPlaces {
  readonly url: string;
  /** What is on the bus, oldest first. */
  readonly events: Taken[];
  /** By `bucket/key`. */
  readonly objects: Map<string, Buffer>;
  /** Whoever was asked for what, the refused among them. */
  readonly asked: Asked[];
  /** Entries of each call. */
  readonly calls: number[];
  /** What a request is answered instead: a status; or for PutEvents, which entries are not taken. */
  fault: (asked: Asked, nth: number) => number | readonly number[] | undefined;
  stop(): Promise<void>;
}

export interface Owned {
  readonly bus: string;
  readonly bucket: string;
  readonly bucketOwner: string;
  readonly bucketRegion: string;
  /** The one key that the bucket takes; without any it takes none. */
  readonly bucketKey?: string;
  readonly clock?: Clock;
}

const ENTRY = ["Detail", "DetailType", "EventBusName", "Source", "Time"];
const MOST_ENTRIES = 10;
const MOST_BYTES = 262_144;
const KEY = /^[A-Za-z0-9/.-]+$/;

interface Reply {
  readonly status: number;
  readonly text: string;
}
const json = (status: number, body: object): Reply => ({ status, text: JSON.stringify(body) });
const refusedJson = (code: string): Reply =>
  json(400, { __type: `com.amazonaws.events#${code}`, message: code });
const refusedXml = (status: number, code: string): Reply => ({
  status,
  text: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
});

export async function startAuditPlaces(owned: Owned): Promise<AuditPlaces> {
  const world = { state: { sessions: new Map() }, clock: owned.clock ?? systemClock } as unknown as World;
  const places: AuditPlaces = {
    url: "",
    events: [],
    objects: new Map(),
    asked: [],
    calls: [],
    fault: () => undefined,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
  const server = createServer((asking, answering) => {
    answer(asking).then(
      ({ status, text }) => answering.writeHead(status).end(text),
      (thrown: Error) => answering.writeHead(403).end(refusedXml(403, thrown.name).text),
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));

  async function answer(asking: IncomingMessage): Promise<Reply> {
    const request = await requestOf(asking);
    const signed = verifySignature(request, world, "json");
    const isPut = request.method === "PUT";
    if (signed.service !== (isPut ? "s3" : "events")) return refusedJson("InvalidSignatureException");
    return isPut ? putObject(request, signed.region) : putEvents(request, signed.region);
  }

  function putEvents({ headers, body }: AwsRequest, region: string): Reply {
    const { Entries, ...more } = JSON.parse(body.toString("utf8")) as { Entries: Taken[] };
    const asked: Asked = { operation: "PutEvents", resource: Entries[0]?.EventBusName ?? "" };
    const planned = places.fault(asked, places.asked.push(asked));
    if (typeof planned === "number") return json(planned, { __type: "com.amazonaws#InternalException" });
    const wrong = firstOf([
      [headers["x-amz-target"] !== "AWSEvents.PutEvents", "UnknownOperationException"],
      [headers["content-type"] !== "application/x-amz-json-1.1", "UnknownOperationException"],
      [Object.keys(more).length > 0, "SerializationException"],
      [Entries.length < 1 || Entries.length > MOST_ENTRIES, "ValidationException"],
      [Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > MOST_BYTES, "RequestEntryTooLarge"],
      [!Entries.every((entry) => isWhole(entry, owned.bus, region)), "ValidationException"],
    ]);
    if (wrong !== undefined) return refusedJson(wrong);
    places.calls.push(Entries.length);
    const told = Entries.map((entry, place) => {
      if (planned?.includes(place)) return { ErrorCode: "InternalFailure", ErrorMessage: "no" };
      places.events.push(entry);
      return { EventId: `${places.events.length}` };
    });
    return json(200, { FailedEntryCount: told.filter((one) => "ErrorCode" in one).length, Entries: told });
  }

  function putObject({ path, headers, body }: AwsRequest, region: string): Reply {
    const [, bucket = "", key = ""] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const owner = headers["x-amz-expected-bucket-owner"] ?? "";
    const encryption = headers["x-amz-server-side-encryption"];
    const kmsKey = headers["x-amz-server-side-encryption-aws-kms-key-id"];
    const asked: Asked = {
      operation: "PutObject",
      resource: `arn:aws:s3:::${bucket}/${key}`,
      owner,
      region,
      ...(kmsKey === undefined ? {} : { key: kmsKey }),
    };
    const planned = places.fault(asked, places.asked.push(asked));
    if (typeof planned === "number") return refusedXml(planned, "InternalError");
    const hash = createHash("sha256").update(body).digest();
    const place = `${bucket}/${key}`;
    const wrong = firstOf([
      [bucket !== owned.bucket, [404, "NoSuchBucket"]],
      [owner !== owned.bucketOwner, [403, "AccessDenied"]],
      [region !== owned.bucketRegion, [400, "AuthorizationHeaderMalformed"]],
      [kmsKey !== owned.bucketKey, [403, "AccessDenied"]],
      [encryption !== (kmsKey === undefined ? undefined : "aws:kms"), [400, "InvalidArgument"]],
      [headers["x-amz-checksum-sha256"] !== hash.toString("base64"), [400, "InvalidRequest"]],
      [headers["x-amz-content-sha256"] !== hash.toString("hex"), [400, "XAmzContentSHA256Mismatch"]],
      [headers["content-length"] !== String(body.length), [411, "MissingContentLength"]],
      // An archive into which one may write over is none: this one demands the condition.
      [headers["if-none-match"] !== "*" || !KEY.test(key), [403, "AccessDenied"]],
      [places.objects.has(place), [412, "PreconditionFailed"]],
    ]);
    if (wrong !== undefined) return refusedXml(...(wrong as [number, string]));
    places.objects.set(place, body);
    return { status: 200, text: "" };
  }

  return Object.assign(places, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

/** What belongs to the first thing that is so. */
const firstOf = <T>(rows: readonly (readonly [isSo: boolean, what: T])[]): T | undefined =>
  rows.find(([isSo]) => isSo)?.[1];

const sizeOf = ({ Source, DetailType, Detail }: Taken): number =>
  14 + [Source, DetailType, Detail].reduce((sum, text) => sum + Buffer.byteLength(text), 0);

function isWhole(entry: Taken, bus: string, region: string): boolean {
  const detail: unknown = JSON.parse(entry.Detail);
  return [
    Object.keys(entry).sort().join() === ENTRY.join(),
    entry.EventBusName === bus,
    bus.split(":")[3] === region,
    !entry.Source.startsWith("aws."),
    entry.DetailType.length > 0 && entry.DetailType.length <= 128,
    Number.isInteger(entry.Time),
    typeof detail === "object" && detail !== null && !Array.isArray(detail),
  ].every(Boolean);
}

async function requestOf(asking: IncomingMessage): Promise<AwsRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of asking) chunks.push(chunk as Buffer);
  const [path = "/", query = ""] = (asking.url ?? "/").split("?");
  const headers = Object.fromEntries(
    Object.entries(asking.headers).map(([name, value]) => [name, String(value)]),
  );
  return { method: asking.method ?? "", path, query, headers, body: Buffer.concat(chunks) } as AwsRequest;
}
