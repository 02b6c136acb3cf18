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
/** What reading 256 kB costs, 64 units, comes back with the second person of many groups; beyond, hardly ever. */
export const MOST_FILTER_BYTES = 256_000;
/**
 * Up to here, 3 units with what else is in its item, a filter is read with the configuration. Everybody asks for three keys
 * under which hardly any configuration files a rule, so that it never costs more than it saves.
 */
const SMALL_BYTES = 12_000;
const UNIT_BYTES = 4096;

/** How a version's filter is found: the hash of what is in it, and how much that is. */
export interface FilterPlace {
  readonly hash: string;
  readonly bytes: number;
}

export const isSmall = ({ bytes }: FilterPlace): boolean => bytes <= SMALL_BYTES;

/**
 * Whether a bigger filter is worth reading now.
 *
 * @param absent Keys that were asked for under this version, and nothing lay there.
 * @param asked Keys to be asked next; nothing lies under half of them, and more where there are many.
 */
export const paysBack = ({ bytes }: FilterPlace, absent: number, asked: number): boolean =>
  absent + asked / 2 >= 2 * Math.ceil(bytes / UNIT_BYTES);

/** How HEAD names a filter. The hash ties it to its content, the number to its version. */
const Pointer = v.object({
  schema: v.literal(1),
  version: v.number(),
  hash: v.string(),
  bytes: v.number(),
});
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
export const toPointer = (version: number, place: FilterPlace | undefined): Pointer =>
  place === undefined
    ? { schema: 1, version: 0, hash: "", bytes: 0 }
    : { schema: 1, version, hash: place.hash, bytes: place.bytes };

/**
 * Where a version's filter is, if HEAD names one of it. Code that knew nothing of filters published a version and left
 * the pointer of the one before; newer code may mean something else by it.
 */
export function pointedAt(pointer: unknown, version: number): FilterPlace | undefined {
  const parsed = v.safeParse(Pointer, pointer);
  if (!parsed.success || parsed.output.version !== version) return undefined;
  const { hash, bytes } = parsed.output;
  return { hash, bytes };
}

/** The hash of whatever filter HEAD names, of its version or of an earlier one: it is to be let go. */
export function leftBehind(pointer: unknown): readonly string[] {
  const parsed = v.safeParse(Pointer, pointer);
  return parsed.success && parsed.output.hash !== "" ? [parsed.output.hash] : [];
}
