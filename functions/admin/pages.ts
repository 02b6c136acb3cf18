import * as v from "valibot";
import { Refusal } from "../../lib/core/errors.ts";

/** How many things of a list are wanted at once. */
export const most = (usual: string, limit: number) =>
  v.optional(v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(1), v.maxValue(limit)), usual);

/** Where to go on: whatever the page before answered as its `cursor`. */
export const cursor = v.optional(v.pipe(v.string(), v.maxLength(64)));

/** A Lambda's answer holds 6 MB, and an object may be all of a provider's metadata. */
const PAGE_BYTES = 4_000_000;

/** A cursor of numbers. @throws {Refusal} `request_invalid` for one that we did not make. */
export function readCursor(text: string, length: number): readonly number[] {
  const numbers = text.split(".").map(Number);
  const isOurs = numbers.length === length && numbers.every((one) => Number.isSafeInteger(one) && one >= 0);
  if (isOurs) return numbers;
  const hint = "cursor: send what the page before answered, or none.";
  throw new Refusal("request_invalid", { field: "cursor" }, { about: { hint } });
}

/** @throws {Refusal} `request_invalid`: what was answered to one question says nothing of another. */
export function refuseForeign(): never {
  const hint = "The cursor is not one of this question: begin again without it.";
  throw new Refusal("request_invalid", { cursor: "foreign" }, { about: { hint } });
}

/** The things from a place on that fit one answer, at least one where there is one; and where to go on. */
export function pageFrom<T>(
  things: readonly T[],
  from: number,
  limit: number,
): { readonly page: readonly T[]; readonly next?: number } {
  let bytes = 0;
  let end = from;
  for (; end < things.length && end - from < limit; end++) {
    bytes += Buffer.byteLength(JSON.stringify(things[end]));
    if (bytes > PAGE_BYTES && end > from) break;
  }
  return { page: things.slice(from, end), ...(end < things.length ? { next: end } : {}) };
}
