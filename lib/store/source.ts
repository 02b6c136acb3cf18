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

/** Objects from one place in a source up to another, and the chunks that hold their texts. */
export interface Page {
  readonly from: number;
  readonly to: number;
  readonly chunks: readonly Chunk[];
}

/** Texts of the objects as pages. The same objects in the same order always make the same pages. */
export function toPages(objects: readonly string[]): readonly Page[] {
  const pages: Page[] = [];
  let from = 0;
  let length = 0;
  for (const [at, object] of objects.entries()) {
    length += object.length + 1;
    const isFull = length >= PAGE_CHARACTERS || hash("sha256", object).startsWith(ENDS_PAGE);
    if (!isFull && at < objects.length - 1) continue;
    const to = at + 1;
    pages.push({ from, to, chunks: toChunks(`${objects.slice(from, to).join("\n")}\n`) });
    from = to;
    length = 0;
  }
  return pages;
}

/**
 * Writes a configuration as written; pages that the version before has are not written again.
 *
 * @param objects JSON of each object, in one order.
 * @param before Where the source of the version before lies.
 * @param pages What the objects make, where that is known already.
 * @returns Where this one lies: hashes of the chunks that list its pages.
 */
export async function writeSource(
  table: Table,
  objects: readonly string[],
  before: readonly string[],
  version: number,
  pages = toPages(objects),
): Promise<string[]> {
  const known = new Set((await listedIn(table, before)).hashes);
  const chunks = pages.flatMap((page) => page.chunks);
  const fresh: Chunk[] = chunks.filter(({ hash }) => !known.has(hash));
  await putChunks(table, "SOURCE", fresh, version);
  const list = toChunks([MARK, ...chunks.map(({ hash }) => hash)].join("\n"));
  await putChunks(table, "SOURCE", list, version);
  return list.map(({ hash }) => hash);
}

/** Hashes of the chunks of all pages; or the texts of the objects, in a source that is older than pages. */
async function listedIn(
  table: Table,
  source: readonly string[],
): Promise<{ readonly hashes: readonly string[]; readonly texts: readonly string[] }> {
  const text = await readChunks(table, "SOURCE", source);
  const [mark, ...hashes] = text.split("\n");
  if (mark === MARK) return { hashes, texts: [] };
  const objects: unknown[] = text === "" ? [] : JSON.parse(text);
  return { hashes: [], texts: objects.map((one) => JSON.stringify(one)) };
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
  const { hashes, texts } = await listedIn(table, source);
  return hashes.length > 0 ? readLines(table, "SOURCE", hashes, make) : texts.map(make);
}

/**
 * What another configuration says otherwise. A page lies under the hash of what is in it, so one that both have need not be
 * read, and most of a large configuration stays.
 *
 * @param pages Of the configuration at hand.
 * @param source Where the other one lies.
 * @returns Those of the pages that both have, and the text of each object on the other's other pages.
 * @throws {Refusal} `rules_unavailable` when a piece is missing.
 */
export async function readOthers(
  table: Table,
  source: readonly string[],
  pages: readonly Page[],
): Promise<{ readonly shared: ReadonlySet<Page>; readonly others: readonly string[] }> {
  const { hashes, texts } = await listedIn(table, source);
  const listed = new Set(hashes);
  // A page that was cut into chunks is read: one of them says nothing alone.
  const shared = new Set(
    pages.filter(({ chunks }) => chunks.length === 1 && listed.has(chunks[0]?.hash ?? "")),
  );
  for (const { chunks } of shared) listed.delete(chunks[0]?.hash ?? "");
  const others = await readLines(table, "SOURCE", [...listed], (text) => text);
  return { shared, others: [...texts, ...others] };
}
