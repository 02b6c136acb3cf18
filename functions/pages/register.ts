import type { PlaceRow, RoleRow } from "./view.ts";

/** Rows on one page of the register. */
export const ROWS_ON_A_PAGE = 200;
/** Words of a search that are looked at. */
const MOST_TERMS = 8;

/** The words of a search, in lower case. */
export const termsOf = (filter: string): string[] =>
  filter.slice(0, 256).toLowerCase().split(/\s+/).filter(Boolean).slice(0, MOST_TERMS);

const haystack = (row: PlaceRow): string =>
  `${row.accountName}\n${row.accountId}\n${row.role}\n${row.envLabel}\n${row.path}`.toLowerCase();

/** Rows in which every word of the search occurs somewhere. */
export function filterRows<Row extends PlaceRow>(rows: readonly Row[], filter: string): Row[] {
  const terms = termsOf(filter);
  return rows.filter((row) => {
    const text = haystack(row);
    return terms.every((term) => text.includes(term));
  });
}

const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** By OU, then account, then role; byte order, so that every container shows the same list. */
const sortRows = <Row extends PlaceRow>(rows: readonly Row[]): Row[] =>
  [...rows].sort(
    (a, b) =>
      order(a.path, b.path) ||
      order(a.accountName, b.accountName) ||
      order(a.accountId, b.accountId) ||
      order(a.role, b.role),
  );

/** Rows of one OU, in order. */
export interface Unit {
  readonly path: string;
  readonly rows: readonly RoleRow[];
}

/** Sorted rows, cut where the OU changes. */
function byUnit(rows: readonly RoleRow[]): Unit[] {
  const units: { path: string; rows: RoleRow[] }[] = [];
  for (const row of rows) {
    const last = units.at(-1);
    if (last?.path === row.path) last.rows.push(row);
    else units.push({ path: row.path, rows: [row] });
  }
  return units;
}

/** What one page of the register holds. */
export interface Leaf {
  readonly found: number;
  readonly accounts: number;
  readonly page: number;
  readonly pages: number;
  readonly units: readonly Unit[];
}

/** Filters, sorts and cuts to one page; a page number out of range becomes the nearest. */
export function leafOf(rows: readonly RoleRow[], filter: string, wanted: number): Leaf {
  const found = sortRows(filterRows(rows, filter));
  const pages = Math.max(1, Math.ceil(found.length / ROWS_ON_A_PAGE));
  const page = Number.isInteger(wanted) ? Math.min(Math.max(wanted, 1), pages) : 1;
  const start = (page - 1) * ROWS_ON_A_PAGE;
  return {
    found: found.length,
    accounts: new Set(found.map((row) => row.accountId)).size,
    page,
    pages,
    units: byUnit(found.slice(start, start + ROWS_ON_A_PAGE)),
  };
}

/** The first rows that a search finds, in order, and how many more there are. */
export function firstOf<Row extends PlaceRow>(
  rows: readonly Row[],
  filter: string,
): { readonly rows: readonly Row[]; readonly more: number } {
  const found = sortRows(filterRows(rows, filter));
  return { rows: found.slice(0, ROWS_ON_A_PAGE), more: Math.max(0, found.length - ROWS_ON_A_PAGE) };
}
