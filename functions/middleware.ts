import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as v from "valibot";
import { within } from "../lib/core/deadline.ts";
import { asRefusal, Refusal } from "../lib/core/errors.ts";
import { FAULT_SECONDS, REQUEST_SECONDS } from "../lib/core/limits.ts";
import { newReference } from "../lib/core/secret.ts";
import { jsonFault } from "./faults.ts";
import { log } from "./log.ts";
import type { Reply } from "./respond.ts";

export type Event = APIGatewayProxyEventV2;

/** What a handler knows of the request besides the event. */
export interface At {
  /** ULID; the reference a person is shown and every log line and audit event of this request carries. */
  readonly reference: string;
  /** API Gateway's own source address. */
  readonly sourceIp: string;
}

export type Handle = (event: Event, at: At) => Promise<Reply>;

/** Turns a refusal into the answer of one wire: a page, JSON, or the shape an AWS client expects. */
export type Fault = (refusal: Refusal, event: Event, at: At) => Reply | Promise<Reply>;

/** Largest body any address accepts, in bytes of the decoded body. The ACS gates its own field further. */
const LARGEST_BODY = 1_000_000;

/**
 * The one stack around every HTTP handler: reference, size limit, deadline, one log line, and every throw turned into
 * the wire's own refusal. What is not a refusal is a fault of ours, told as `broker_fault` and logged with its cause.
 *
 * @param limits How long AWS may be waited for in all; the answer is then a refusal, before Lambda ends the function.
 */
export function http(
  handle: Handle,
  fault: Fault = jsonFault,
  limits: Parameters<typeof within>[0] = REQUEST_SECONDS,
): (event: Event) => Promise<Reply> {
  const run = middy<Request, Reply>(({ event, at }: Request) => within(limits, () => handle(event, at)))
    .before(({ event: { event } }) => refuseLargeBody(event))
    .onError(async (request) => {
      const { event, at } = request.event;
      const refusal = asRefusal(request.error);
      log.refusal(refusal, event, at);
      const reply = await within(FAULT_SECONDS, async () => fault(refusal, event, at));
      request.response = { ...reply, headers: { ...comeAgain(refusal), ...reply.headers } };
    });
  return async (event) => {
    const at: At = { reference: newReference(), sourceIp: event.requestContext.http.sourceIp };
    const reply: Reply = await run({ event, at }, NO_CONTEXT);
    log.request(event, at, reply.statusCode ?? 0);
    return reply;
  };
}

/** Seconds after which what passes by itself is worth another try. @see RFC 9110 section 10.2.3 */
function comeAgain({ code, status, next }: Refusal): Record<string, string> {
  if (code === "publish_in_progress") return { "retry-after": "60" };
  const passing = next === "retry" && (status === 502 || status === 503);
  return passing ? { "retry-after": "5" } : {};
}

interface Request {
  readonly event: Event;
  readonly at: At;
}

/** middy wants a Lambda context; no handler of ours uses one. */
const NO_CONTEXT = {} as Parameters<ReturnType<typeof middy>>[1];

/** A table of routes, by API Gateway's `routeKey`, as one Lambda handler. */
export const routes =
  (table: Readonly<Record<string, (event: Event) => Promise<Reply>>>) =>
  (event: Event): Promise<Reply> =>
    (table[event.routeKey] ?? nothingHere)(event);

const nothingHere = http(async () => {
  throw new Refusal("not_found");
});

function refuseLargeBody(event: Event): void {
  const length = event.body?.length ?? 0;
  const bytes = event.isBase64Encoded ? (length * 3) / 4 : length;
  if (bytes > LARGEST_BODY) throw new Refusal("request_too_large", { bytes: Math.round(bytes) });
}

/** The body as text. */
export const bodyText = (event: Event): string =>
  event.isBase64Encoded ? Buffer.from(event.body ?? "", "base64").toString("utf8") : (event.body ?? "");

/** A form's fields. @throws {Refusal} `request_invalid` when a field comes twice: which one would count? */
export const form = (event: Event): Record<string, string> => fields(bodyText(event));

/** The query's fields, from the raw query as API Gateway kept it. @throws {Refusal} when a field comes twice. */
export const query = (event: Event): Record<string, string> => fields(event.rawQueryString);

function fields(encoded: string): Record<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(encoded)) {
    if (found.has(name)) throw new Refusal("request_invalid", { twice: name.slice(0, 40) });
    found.set(name, value);
  }
  return Object.fromEntries(found);
}

/** The JSON body, or an empty object when there is none. @throws {Refusal} `request_invalid`. */
export function jsonBody(event: Event): unknown {
  const text = bodyText(event);
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal(
      "request_invalid",
      { body: "not JSON" },
      { cause, about: { hint: "The body is not JSON." } },
    );
  }
}

/** Gives input its shape. @throws {Refusal} `request_invalid` naming the field, never its value. */
export function input<const S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const field = v.getDotPath(issue) ?? "input";
  const hint = `${field}: ${hintOf(issue)}`;
  throw new Refusal("request_invalid", { field }, { about: { hint } });
}

/** Our own schemas say what to write; the library's own words quote the input, so of those only the expectation is told. */
const hintOf = ({ expected, message }: v.BaseIssue<unknown>): string => {
  if (!/^Invalid /.test(message)) return message;
  return expected === "never"
    ? "nothing of this name is taken here"
    : `expected ${expected ?? "another value"}`;
};

/** Opens something once per container, at its first use and not at import. */
export function once<T>(open: () => T): () => T {
  let held: { value: T } | undefined;
  return () => {
    held ??= { value: open() };
    return held.value;
  };
}
