import { gunzipSync } from "node:zlib";
import * as v from "valibot";
import { Refusal } from "../../lib/core/errors.ts";
import { MOST_BY_API, MOST_OBJECTS, MOST_PARTS } from "../../lib/core/limits.ts";
import { objectsOfDraft } from "../../lib/flows/drafts.ts";
import type { Author } from "../../lib/flows/plan.ts";
import { refuseValues, tooLarge, valuesIn } from "../../lib/flows/too-large.ts";
import { broker } from "./open.ts";

/** Name of a part: base 64 (URL) of the SHA-256 of its text. */
export const Part = v.pipe(
  v.string(),
  v.regex(/^[\w-]{43}$/, "expected the SHA-256 of the text, in base64url"),
);
/** One part: base 64 of gzip of its text. */
export const Piece = v.strictObject({ gzip: v.pipe(v.string(), v.base64()) });

/** A configuration: as it is, compressed (base 64 of gzip of the JSON list), or in parts that were sent before. */
export const Objects = {
  objects: v.optional(v.array(v.unknown())),
  objectsGzip: v.optional(v.pipe(v.string(), v.base64())),
  draft: v.optional(
    v.strictObject({ parts: v.pipe(v.array(Part), v.minLength(1), v.maxLength(MOST_PARTS)) }),
  ),
};

interface Sent {
  readonly objects?: unknown[] | undefined;
  readonly objectsGzip?: string | undefined;
  readonly draft?: { readonly parts: readonly string[] } | undefined;
}

/** What one body may unfold to. */
const LARGEST_CONFIGURATION = 64_000_000;
/**
 * Objects that a megabyte of memory is enough for, from first look to publication (docs/performance.md, Publishing): who
 * sends more is told so, and the function does not end without a word.
 */
const OBJECTS_PER_MEGABYTE = 100;

/** Most objects that can be worked on by whoever came this way. */
function mostBy(door: "api" | "direct"): number {
  const byTime = door === "api" ? MOST_BY_API : MOST_OBJECTS;
  const megabytes = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? Number.POSITIVE_INFINITY);
  return Math.min(byTime, Math.floor(megabytes * OBJECTS_PER_MEGABYTE));
}

/**
 * The objects that were sent, whichever way.
 *
 * @param door By which way they came: API Gateway gives a request less time than an invocation has.
 * @throws {Refusal} `request_invalid`, `configuration_too_large`, `draft_incomplete`, `draft_invalid`.
 */
export async function objectsOf(
  sent: Sent,
  author: Author,
  door: "api" | "direct",
): Promise<readonly unknown[]> {
  const most = mostBy(door);
  const ways = [sent.objects, sent.objectsGzip, sent.draft].filter((one) => one !== undefined);
  if (ways.length > 1) throw unreadable();
  if (sent.draft !== undefined) return objectsOfDraft(broker(), author, sent.draft.parts, most);
  const objects = sent.objects ?? unpack(sent.objectsGzip ?? "", most);
  if (objects.length > most) throw tooLarge(objects.length, most);
  return objects;
}

function unpack(gzip: string, most: number): readonly unknown[] {
  const text = unfold(gzip);
  refuseValues(valuesIn(text), most);
  try {
    return v.parse(v.array(v.unknown()), JSON.parse(text.toString("utf8")));
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unfold(gzip: string): Buffer {
  try {
    return gunzipSync(Buffer.from(gzip, "base64"), { maxOutputLength: LARGEST_CONFIGURATION });
  } catch (cause) {
    throw unreadable(cause);
  }
}

const unreadable = (cause?: unknown): Refusal => {
  const hint =
    "Send one of `objects`, a list, `objectsGzip`, base 64 of its compressed JSON, or `draft`, the parts sent before.";
  return new Refusal("request_invalid", { objects: "unreadable" }, { cause, about: { hint } });
};
