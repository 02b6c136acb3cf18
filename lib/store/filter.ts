import * as v from "valibot";
import { type Chunk, toChunk } from "./chunks.ts";

/**
 * Which buckets a version has, in ten bits each: a Bloom filter of their ids. Whoever decides
 * leaves out the keys it says nothing lies under, which are most, and asks for the rest.
 *
 * It errs on one side alone: it names every bucket of its version, and about one in a hundred of what is none. A filter
 * that skipped a bucket could skip a deny.
 */
export type Filter = (id: string) => boolean;

/** Without a filter every key is asked for. */
export const ASK_ALL: Filter = () => true;

const BITS_PER_ID = 10;
const HASHES = 7;
const LEAST_BYTES = 64;
/**
 * With what else is in its item this is read for 3 units. Everybody asks for three keys under which hardly any
 * configuration files a rule, so that no filter costs more than it saves; a bigger one would for most.
 */
export const MOST_FILTER_BYTES = 12_000;

/** How HEAD names a filter. The hash ties it to its content, the number to its version. */
const Pointer = v.object({ schema: v.literal(1), version: v.number(), hash: v.string() });
type Pointer = v.InferOutput<typeof Pointer>;

/**
 * The chunk that holds the filter of a version. The same ids always make the same chunk.
 *
 * @returns undefined where it would be bigger than it is worth.
 */
export function toFilter(ids: Iterable<string>): Chunk | undefined {
  const all = [...ids];
  const size = Math.max(LEAST_BYTES, Math.ceil((all.length * BITS_PER_ID) / 8));
  if (size > MOST_FILTER_BYTES) return undefined;
  const bits = new Uint8Array(size);
  for (const id of all)
    for (const place of placesOf(id, size * 8))
      bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7));
  return toChunk(bits);
}

export const openFilter =
  (bits: Uint8Array): Filter =>
  (id) =>
    placesOf(id, bits.length * 8).every((place) => ((bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0);

/** An id is 128 bits of a hash already: two numbers of it make all the places. */
function placesOf(id: string, bits: number): number[] {
  const bytes = Buffer.from(id, "base64url");
  const [first, step] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  return Array.from({ length: HASHES }, (_, index) => (first + index * step) % bits);
}

/** What stands in HEAD under a version without a filter, so that the one before is not taken for its own. */
export const toPointer = (version: number, hash: string | undefined): Pointer =>
  hash === undefined ? { schema: 1, version: 0, hash: "" } : { schema: 1, version, hash };

/**
 * The hash of a version's filter, if HEAD names one of it. Code that knew nothing of filters published a version and left
 * the pointer of the one before; newer code may mean something else by it.
 */
export function pointedAt(pointer: unknown, version: number): string | undefined {
  const parsed = v.safeParse(Pointer, pointer);
  return parsed.success && parsed.output.version === version ? parsed.output.hash : undefined;
}

/** The hash of whatever filter HEAD names, of its version or of an earlier one: it is to be let go. */
export function leftBehind(pointer: unknown): readonly string[] {
  const parsed = v.safeParse(Pointer, pointer);
  return parsed.success && parsed.output.hash !== "" ? [parsed.output.hash] : [];
}
