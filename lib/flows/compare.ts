import type { Head } from "../core/rule-set.ts";
import { canonical, type Written } from "../rules/diff.ts";
import { type Page, readOthers, toPages } from "../store/source.ts";
import type { Table } from "../store/table.ts";

/** What is published beside what is wished for. */
export interface Compared {
  /**
   * What is published, in no order. An object that is wished for just so is the very object that was sent: nothing is held
   * twice, and whoever compares sees at once that it stays.
   */
  readonly current: readonly Written[];
  /**
   * What of either is on no page that both have: all that could differ. Every role is among them, since roles of one name are
   * told apart by each other.
   */
  readonly apart: { readonly before: readonly Written[]; readonly after: readonly Written[] };
  /** The canonical text of each object that is wished for, in order, and the pages they make. */
  readonly source: readonly string[];
  readonly pages: readonly Page[];
}

/** Puts what is wished for in order and reads what is published otherwise. @throws {Refusal} as `readOthers`. */
export async function compare(table: Table, head: Head, written: readonly Written[]): Promise<Compared> {
  const wished = written.map((object) => ({ text: canonical(object), object }));
  wished.sort((a, b) => (a.text < b.text ? -1 : 1));
  const source = wished.map(({ text }) => text);
  const pages = toPages(source);
  const { shared, others } = await readOthers(table, head.source, pages);
  const on = (some: (page: Page) => boolean) =>
    pages.filter(some).flatMap(({ from, to }) => wished.slice(from, to));
  const staying = on((page) => shared.has(page)).map(({ object }) => object);
  const fresh = on((page) => !shared.has(page));
  const known = new Map(fresh.map(({ text, object }) => [text, object]));
  const before = others.map((text): Written => known.get(text) ?? JSON.parse(text));
  const roles = staying.filter(({ kind }) => kind === "Role");
  const after = fresh.map(({ object }) => object);
  const apart = { before: roles.concat(before), after: roles.concat(after) };
  return { current: staying.concat(before), apart, source, pages };
}
