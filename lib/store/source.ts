import { hash } from "node:crypto";
import { type Chunk, putChunks, readChunks, readLines, toChunks } from "./chunks.ts";
import type { Table } from "./table.ts";

/**
 * The configuration as written, in pages: one object a line. A page ends after an object whose own hash says so, about
 * every 256th, and never because of where it stands. So a change rewrites the page it is in and no other, and keeping
 * every version for ever costs what changed between them.
 */
const ENDS_PAGE = "00";
/** A page is cut here all the same, so that reading one never means reading much. */
const PAGE_CHARACTERS = 256_000;
/** First line of what lists the pages; sources older than pages are one JSON list. */
const MARK = "pages";

/** Texts of the objects as pages. The same objects in the same order always make the same pages. */
function* toPages(objects: readonly string[]): Generator<string> {
  let page: string[] = [];
  let length = 0;
  for (const object of objects) {
    page.push(object);
    length += object.length + 1;
    if (length < PAGE_CHARACTERS && !hash("sha256", object).startsWith(ENDS_PAGE)) continue;
    yield textOf(page);
    page = [];
    length = 0;
  }
  if (page.length > 0) yield textOf(page);
}

const textOf = (lines: readonly string[]): string => `${lines.join("\n")}\n`;

/**
 * Writes a configuration as written; pages that the version before has are not written again.
 *
 * @param objects JSON of each object, in one order.
 * @param before Where the source of the version before lies.
 * @returns Where this one lies: hashes of the chunks that list its pages.
 */
export async function writeSource(
  table: Table,
  objects: readonly string[],
  before: readonly string[],
  version: number,
): Promise<string[]> {
  const known = new Set(await listedIn(table, before));
  const hashes: string[] = [];
  const fresh: Chunk[] = [];
  for (const page of toPages(objects))
    for (const chunk of toChunks(page)) {
      hashes.push(chunk.hash);
      if (!known.has(chunk.hash)) fresh.push(chunk);
    }
  await putChunks(table, "SOURCE", fresh, version);
  const list = toChunks([MARK, ...hashes].join("\n"));
  await putChunks(table, "SOURCE", list, version);
  return list.map(({ hash }) => hash);
}

async function listedIn(table: Table, source: readonly string[]): Promise<readonly string[]> {
  const [mark, ...hashes] = (await readChunks(table, "SOURCE", source)).split("\n");
  return mark === MARK ? hashes : [];
}

/** JSON of each object of a configuration as written; none before the first version. @throws {Refusal} as `readSourceAs`. */
export const readSource = (table: Table, source: readonly string[]): Promise<readonly string[]> =>
  readSourceAs(table, source, (text) => text);

/**
 * What is made of the JSON of each object of a configuration as written; the texts are let go by and by.
 *
 * @param source What `writeSource` answered.
 * @throws {Refusal} `rules_unavailable` when a piece is missing.
 */
export async function readSourceAs<T>(
  table: Table,
  source: readonly string[],
  make: (text: string) => T,
): Promise<readonly T[]> {
  const text = await readChunks(table, "SOURCE", source);
  const [mark, ...hashes] = text.split("\n");
  if (mark !== MARK)
    return text === "" ? [] : (JSON.parse(text) as unknown[]).map((one) => make(JSON.stringify(one)));
  return readLines(table, "SOURCE", hashes, make);
}
