import * as v from "valibot";
import { SignedDigest, type StoredEvent } from "./seal.ts";

const Event = v.looseObject({ id: v.string(), at: v.number(), kind: v.string() });
const Leaf = v.tuple([v.string(), v.string()]);
const SliceNumber = v.pipe(v.number(), v.integer(), v.minValue(1));

/** One line of a sealed export. Events of a slice come first, then what its chains were, then its digest. */
export const ExportLine = v.variant("type", [
  /** The first line. `before` is the digest before the first one of the export; absent where the chain begins. */
  v.strictObject({
    type: v.literal("audit"),
    schema: v.literal(1),
    before: v.exactOptional(SignedDigest),
  }),
  v.strictObject({ type: v.literal("event"), slice: SliceNumber, event: Event }),
  /** Which events a shard of the slice holds and the chain's hash after each: what tells which one was altered. */
  v.strictObject({
    type: v.literal("leaves"),
    slice: SliceNumber,
    shard: v.string(),
    leaves: v.array(Leaf),
  }),
  v.strictObject({ type: v.literal("digest"), ...SignedDigest.entries }),
  /** A digest after the last one of the export, for its list of late events. */
  v.strictObject({ type: v.literal("later"), ...SignedDigest.entries }),
  /** The last line. */
  v.strictObject({ type: v.literal("end"), digests: v.number(), events: v.number() }),
]);
export type ExportLine =
  | Exclude<v.InferOutput<typeof ExportLine>, { type: "event" }>
  | { readonly type: "event"; readonly slice: number; readonly event: StoredEvent };

/** A line as it was written, or undefined for what is none. */
export function readLine(text: string): ExportLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(ExportLine, value);
  return parsed.success ? parsed.output : undefined;
}
