import { gzipSync } from "node:zlib";
import * as v from "valibot";
import { MOST_BY_API } from "../lib/core/limits.ts";
import { accepted, callAdmin } from "./api.ts";
import { EXIT, Stop } from "./command.ts";
import { invokeFunction } from "./invoke.ts";
import { cutParts, type Part } from "./parts.ts";
import { persist, persistInvoking } from "./persist.ts";
import { openProgress, type ProgressOptions } from "./progress.ts";

/** To whom objects are sent, and how much of it is told. */
export interface Sending extends ProgressOptions {
  readonly broker?: string;
  readonly function?: string;
  readonly author: string;
}

/** Up to as many characters, objects go as they are. */
const MOST_PLAIN = 500_000;
/** Up to as many compressed bytes they go in one body, of which the broker takes 1 MB. */
const MOST_PACKED = 600_000;
/** Parts sent at a time. */
const AT_ONCE = 4;

/**
 * Objects as the broker takes them: as they are, compressed when they are many, and in parts that are sent first when
 * they are very many. A part that the broker has is not sent again, so that a command that was cut goes on.
 *
 * @throws {Stop} where there are more than the way they would go can take.
 */
export async function packObjects(sending: Sending, objects: readonly unknown[]): Promise<object> {
  if (sending.function === undefined && objects.length > MOST_BY_API)
    throw new Stop(
      EXIT.refused,
      `These are ${objects.length} objects, and the API takes ${MOST_BY_API}: it answers within 29 seconds. ` +
        "Add --function with the name of the admin function, which has 15 minutes. Nothing was sent.",
    );
  const plain = plainText(objects);
  if (plain !== undefined) return { objects };
  const parts = cutParts(objects);
  const size = parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (size <= MOST_PACKED) {
    const packed = gzipSync(JSON.stringify(objects));
    if (packed.length <= MOST_PACKED) return { objectsGzip: packed.toString("base64") };
  }
  await sendParts(sending, parts);
  return { draft: { parts: parts.map(({ hash }) => hash) } };
}

/** Their text, unless it is long: then it is not even made. */
function plainText(objects: readonly unknown[]): number | undefined {
  let length = 0;
  for (const object of objects) {
    length += JSON.stringify(object).length + 1;
    if (length > MOST_PLAIN) return undefined;
  }
  return length;
}

async function sendParts(sending: Sending, parts: readonly Part[]): Promise<void> {
  const there = new Set(await partsThere(sending));
  const missing = [...new Map(parts.map((part) => [part.hash, part])).values()].filter(
    ({ hash }) => !there.has(hash),
  );
  const progress = openProgress(sending, parts.length, parts.length - missing.length);
  const queue = missing.values();
  const lane = async () => {
    for (const part of queue) {
      await sendPart(sending, part);
      progress.sent(part.bytes.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } finally {
    progress.end();
  }
}

const There = v.object({ parts: v.array(v.string()) });

async function partsThere(sending: Sending): Promise<readonly string[]> {
  const body =
    sending.function === undefined
      ? accepted(await persist(() => callAdmin(sending, "GET", "/api/admin/drafts")))
      : await invokeFunction(sending.function, { sekisho: "list-parts", author: sending.author });
  const parsed = v.safeParse(There, body);
  if (parsed.success) return parsed.output.parts;
  throw new Stop(EXIT.refused, "The broker does not take configurations of this size. Upgrade it first.");
}

async function sendPart(sending: Sending, { hash, bytes }: Part): Promise<void> {
  const gzip = Buffer.from(bytes).toString("base64");
  if (sending.function !== undefined) {
    const payload = { sekisho: "put-part", part: hash, gzip, author: sending.author };
    const { function: name } = sending;
    await persistInvoking(() => invokeFunction(name, payload));
    return;
  }
  accepted(await persist(() => callAdmin(sending, "PUT", `/api/admin/drafts/${hash}`, { gzip })));
}
