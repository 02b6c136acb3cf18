import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { LARGEST_PART, MOST_PARTS } from "../lib/core/limits.ts";
import { EXIT, Stop } from "./command.ts";

/** Text of one part, in characters: far below what the broker unfolds. */
const LARGEST_TEXT = 1_000_000;
/** A part ends after an object whose own hash begins with as many zero bits, about every 4096th. */
const ENDS_PART = 2 ** 20;

/** One piece of a configuration, under the hash of its text. */
export interface Part {
  readonly hash: string;
  /** Gzip of the text: JSON, an object a line. */
  readonly bytes: Uint8Array;
  readonly objects: number;
}

/**
 * Cuts a configuration into parts. Where a part ends is said by what it holds and never by where it stands, so that a
 * change makes one new part or two, and all others are those that were sent before.
 *
 * @throws {Stop} where one object is larger than a part, or these are more parts than the broker keeps.
 */
export function cutParts(objects: readonly unknown[]): readonly Part[] {
  const known = cut.get(objects) ?? cutAnew(objects);
  cut.set(objects, known);
  return known;
}

/** A command plans and then publishes the same objects. */
const cut = new WeakMap<readonly unknown[], readonly Part[]>();

function cutAnew(objects: readonly unknown[]): readonly Part[] {
  const parts: Part[] = [];
  let lines: string[] = [];
  let length = 0;
  const end = () => {
    if (lines.length > 0) parts.push(...fitting(lines));
    lines = [];
    length = 0;
  };
  for (const object of objects) {
    const line = `${JSON.stringify(object)}\n`;
    if (length + line.length > LARGEST_TEXT) end();
    lines.push(line);
    length += line.length;
    if (createHash("sha256").update(line).digest().readUInt32BE(0) < ENDS_PART) end();
  }
  end();
  if (parts.length > MOST_PARTS)
    throw new Stop(EXIT.usage, `This makes ${parts.length} parts, and the broker keeps ${MOST_PARTS}.`);
  return parts;
}

/** One part, or its halves where it does not compress enough. */
function fitting(lines: readonly string[]): readonly Part[] {
  const text = lines.join("");
  const bytes = gzipSync(text);
  if (bytes.length <= LARGEST_PART)
    return [{ hash: createHash("sha256").update(text).digest("base64url"), bytes, objects: lines.length }];
  if (lines.length === 1)
    throw new Stop(EXIT.usage, `One object is larger than the broker takes: ${text.slice(0, 60)}...`);
  const half = Math.ceil(lines.length / 2);
  return [...fitting(lines.slice(0, half)), ...fitting(lines.slice(half))];
}
