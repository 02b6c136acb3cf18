import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { isRefusal, Refusal } from "../core/errors.ts";
import { LARGEST_PART } from "../core/limits.ts";
import { fingerprint } from "../core/secret.ts";
import type { Clock, Epoch } from "../core/time.ts";
import { type DraftParts, putPart, readPartBytes, readParts } from "../store/drafts.ts";
import type { Table } from "../store/table.ts";
import type { Author } from "./plan.ts";
import { refuseValues, tooLarge, valuesIn } from "./too-large.ts";

/** Text that a part may unfold to, in bytes. */
const LARGEST_TEXT = 12_000_000;
/** Text that all parts of one configuration may unfold to, in characters. */
const LARGEST_DRAFT = 1_000_000_000;
/** What has no more than this left is asked for again, so that it does not go while it is planned and agreed to. */
const SOON_SECONDS = 3600;

type Drafting = { readonly table: Table; readonly clock: Clock };

/** Whose parts these are; nobody else reads them. Operators are known by the name they give, whom IAM let in all alike. */
const ownerOf = (author: Author): string =>
  author.actor === "operator" ? `operator-${fingerprint(author.name)}` : fingerprint(author.personId);

/** A part's name: the hash of its text. */
const hashOf = (text: Uint8Array): string => createHash("sha256").update(text).digest("base64url");

/** Names of the parts that an author need not send again. */
export async function sentParts({ table, clock }: Drafting, author: Author): Promise<readonly string[]> {
  const now = clock.now();
  const parts = await readParts(table, ownerOf(author), now);
  return Object.entries(parts)
    .filter(([, { expiresAt }]) => expiresAt > now + SOON_SECONDS)
    .map(([hash]) => hash)
    .sort();
}

/**
 * Keeps one part of a configuration that its author is about to plan or to publish.
 *
 * @param hash The name it was sent under.
 * @param bytes Gzip of its text: JSON, an object a line.
 * @returns Until when it is kept.
 * @throws {Refusal} `request_too_large`, `draft_invalid`, `draft_full`.
 */
export async function keepPart(
  { table, clock }: Drafting,
  author: Author,
  hash: string,
  bytes: Uint8Array,
): Promise<Epoch> {
  if (bytes.length > LARGEST_PART) throw new Refusal("request_too_large", { part: bytes.length });
  const text = unfold(bytes);
  if (hashOf(text) !== hash || text.at(-1) !== NEW_LINE)
    throw new Refusal("draft_invalid", { part: "other" });
  let objects = 0;
  for (let at = text.indexOf(NEW_LINE); at >= 0; at = text.indexOf(NEW_LINE, at + 1)) objects++;
  const part = { hash, bytes, objects, characters: text.length, values: objects + valuesIn(text) };
  return putPart(table, ownerOf(author), part, clock.now());
}

const NEW_LINE = 0x0a;

function unfold(bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_TEXT });
  } catch (cause) {
    throw new Refusal("draft_invalid", { part: "no gzip, or too much of it" }, { cause });
  }
}

/**
 * The configuration that an author's parts make, in the order they are named.
 *
 * @param most Most objects that the caller can work on.
 * @throws {Refusal} `draft_incomplete`, `draft_invalid`, `configuration_too_large`; of the last nothing was read.
 */
export async function objectsOfDraft(
  { table, clock }: Drafting,
  author: Author,
  hashes: readonly string[],
  most: number,
): Promise<readonly unknown[]> {
  const owner = ownerOf(author);
  const now = clock.now();
  refuseUnfit(await readParts(table, owner, now), hashes, most);
  const objects: unknown[] = [];
  try {
    for await (const bytes of readPartBytes(table, owner, hashes, now))
      for (const line of unfold(bytes).toString("utf8").split("\n"))
        if (line !== "") objects.push(JSON.parse(line));
  } catch (cause) {
    throw isRefusal(cause) ? cause : new Refusal("draft_invalid", { line: objects.length }, { cause });
  }
  return objects;
}

/** @throws {Refusal} `draft_incomplete`, `configuration_too_large`, by what is known of the parts without reading them. */
function refuseUnfit(parts: DraftParts, hashes: readonly string[], most: number): void {
  let objects = 0;
  let characters = 0;
  let values = 0;
  let missing = 0;
  for (const hash of hashes) {
    const part = Object.hasOwn(parts, hash) ? parts[hash] : undefined;
    if (part === undefined) missing++;
    objects += part?.objects ?? 0;
    characters += part?.characters ?? 0;
    values += part?.values ?? 0;
  }
  if (missing > 0) {
    const hint = `${missing} of ${hashes.length} parts are missing: send them with PUT /api/admin/drafts/{part}, or run the same command again.`;
    throw new Refusal("draft_incomplete", { missing }, { about: { hint } });
  }
  if (objects > most) throw tooLarge(objects, most);
  refuseValues(values, most);
  if (characters > LARGEST_DRAFT) throw tooLarge(objects, Math.floor((objects * LARGEST_DRAFT) / characters));
}
