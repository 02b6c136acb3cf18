import * as v from "valibot";
import { AwsFault, type Caller, callOnce, endpointOf, trying } from "./call.ts";

/** One event as EventBridge takes it. */
export interface Entry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  /** JSON of an object. */
  readonly Detail: string;
  /** Epoch seconds. */
  readonly Time: number;
}

/** Limits of one PutEvents. */
const MOST_ENTRIES = 10;
const MOST_BYTES = 262_144;
/** What the time of an entry counts for. */
const TIME_BYTES = 14;

const Answer = v.object({
  FailedEntryCount: v.number(),
  Entries: v.array(v.object({ EventId: v.optional(v.string()), ErrorCode: v.optional(v.string()) })),
});

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** What an entry counts for towards the limit of a call. */
export const sizeOfEntry = ({ Source, DetailType, Detail }: Entry): number =>
  TIME_BYTES + bytesOf(Source) + bytesOf(DetailType) + bytesOf(Detail);

/** Whether an entry fits a call at all. */
export const isSendable = (entry: Entry): boolean => sizeOfEntry(entry) <= MOST_BYTES;

/** Entries in as few calls as they fit, in their order. */
export function batchesOf(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const batches: Entry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const size = sizeOfEntry(entry);
    const last = batches.at(-1);
    if (last === undefined || last.length === MOST_ENTRIES || bytes + size > MOST_BYTES) {
      batches.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return batches;
}

/**
 * Puts events on a bus, in as many calls as it takes. Of a call that was half taken only the other half is sent again.
 *
 * @param region The bus's own: it is the ARN's, whatever the caller's is.
 * @throws {Refusal} `broker_unavailable`; what was sent before is on the bus.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export async function putEvents(caller: Caller, region: string, entries: readonly Entry[]): Promise<void> {
  for (const batch of batchesOf(entries)) {
    let open = batch;
    await trying("events", async () => {
      const refused = await send(caller, region, open);
      open = refused.map(({ entry }) => entry);
      if (refused[0] !== undefined) throw new AwsFault(503, refused[0].why);
    });
  }
}

interface NotTaken {
  readonly entry: Entry;
  readonly why: string;
}

/** Sends one batch. @returns What was not taken of it. */
async function send(caller: Caller, region: string, open: readonly Entry[]): Promise<readonly NotTaken[]> {
  const answer = await callOnce(caller, {
    method: "POST",
    url: new URL("/", endpointOf(caller, "EVENTBRIDGE", "events", region).url),
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSEvents.PutEvents" },
    body: JSON.stringify({ Entries: open }),
    service: "events",
    region,
  });
  if (answer.status !== 200) throw new AwsFault(answer.status, codeOf(answer.body));
  const told = v.safeParse(Answer, jsonOf(answer.body));
  if (!told.success || told.output.Entries.length !== open.length)
    throw new AwsFault(502, "AnswerUnreadable");
  const results = told.output.Entries;
  return open.flatMap((entry, place) => {
    const { EventId, ErrorCode } = results[place] ?? {};
    return EventId === undefined ? [{ entry, why: ErrorCode ?? "unknown" }] : [];
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `AccessDeniedException` of `{"__type":"com.amazon...#AccessDeniedException"}`. */
function codeOf(text: string): string {
  const { __type: type } = (jsonOf(text) ?? {}) as { readonly __type?: unknown };
  return /(\w+)$/.exec(String(type ?? "unknown"))?.[1] ?? "unknown";
}
