import type { Digest } from "./seal.ts";
import { toInstant } from "./time.ts";

type Slice = Pick<Digest, "number" | "from">;

/** By the day and the time a slice begins, and its number: names sort as slices follow each other. */
const stemOf = ({ number, from }: Slice): string => {
  const [day = "", time = ""] = toInstant(Math.floor(from)).split("T");
  return `${day.replaceAll("-", "/")}/${time.replace(/\D/g, "")}-${String(number).padStart(10, "0")}`;
};

/** The file of lines of a slice; the second part and further ones are of a slice too large for one. */
export const partFileOf = (slice: Slice, part: number): string =>
  `${stemOf(slice)}-${String(part).padStart(4, "0")}.ndjson.gz`;

/** The file of its digest, and of the digest before it. */
export const digestFileOf = (slice: Slice): string => `${stemOf(slice)}-digest.ndjson`;

/** What a file of either name holds, or undefined of any other. */
export function readFileName(
  path: string,
): { readonly number: number; readonly part: number | "digest" } | undefined {
  const [, number, part] = /(?:^|\/)\d{6}-(\d{10})-(?:(\d{4})\.ndjson\.gz|digest\.ndjson)$/.exec(path) ?? [];
  if (number === undefined) return undefined;
  return { number: Number(number), part: part === undefined ? "digest" : Number(part) };
}
