import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Lines } from "../../lib/core/seal-check.ts";
import type { Finding } from "../../lib/core/seal-check-digests.ts";
import { readFileName } from "../../lib/core/seal-files.ts";

/** A part is at most 4 MB; what unpacks to more than this is none of ours. */
const MOST_BYTES = 64_000_000;

/** Slices as they lie in an archive's bucket, copied to a folder. */
export interface Folder {
  readonly lines: Lines;
  /** Files that could not be read, once lines were. */
  findings(): readonly Finding[];
}

/** Opens a folder: its files are told apart by their names, and others are none of it. */
export function openFolder(path: string): Folder {
  const files = readdirSync(path, { recursive: true, encoding: "utf8" })
    .flatMap((name) => {
      const file = readFileName(name.replaceAll("\\", "/"));
      return file === undefined ? [] : [{ name, number: file.number, rank: rankOf(file.part) }];
    })
    .sort((one, other) => one.number - other.number || one.rank - other.rank);
  const unreadable = new Set<string>();
  const linesOf = (name: string): readonly string[] => {
    try {
      const bytes = readFileSync(join(path, name));
      const text = name.endsWith(".gz") ? gunzipSync(bytes, { maxOutputLength: MOST_BYTES }) : bytes;
      return text.toString("utf8").split("\n").filter(Boolean);
    } catch {
      unreadable.add(name);
      return [];
    }
  };
  return {
    lines: function* () {
      // Each digest's file begins as an export does; the first one's beginning is the folder's.
      const first = files.find(({ rank }) => rank === DIGEST);
      const [head] = first === undefined ? [] : linesOf(first.name);
      if (head !== undefined) yield head;
      for (const { name, rank } of files) yield* rank === DIGEST ? linesOf(name).slice(1) : linesOf(name);
    },
    findings: () =>
      [...unreadable].map((where) => ({ code: "file_unreadable", where, says: "it is no file of a slice" })),
  };
}

/** A digest stands after the lines of its slice. */
const DIGEST = Number.POSITIVE_INFINITY;
const rankOf = (part: number | "digest"): number => (part === "digest" ? DIGEST : part);
