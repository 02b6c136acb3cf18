/** What a spreadsheet takes for the beginning of a formula, also behind blanks and in its wide forms. */
const FORMULA = /^\s*[=+\-@\t\r\n＝＋－＠|%]/;

/** A text that a spreadsheet takes for text: one that it would take for a formula stands behind an apostrophe. */
export const harmless = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

/**
 * One line of a CSV file (RFC 4180). A text that a spreadsheet would take for a formula stands behind an apostrophe, so
 * that what somebody called themselves is never run by whoever opens the file; numbers stay numbers.
 */
export const csvLine = (values: readonly (string | number | undefined)[]): string =>
  `${values.map(cellOf).join(",")}\r\n`;

function cellOf(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const safe = harmless(value);
  return /[",\r\n\t;']|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
