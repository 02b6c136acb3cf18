/** What an XML answer of the query protocol is made of; lists become `<member>` elements. */
export type XmlValue = string | number | boolean | undefined | readonly XmlValue[] | XmlFields;
export interface XmlFields {
  readonly [name: string]: XmlValue;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for XML and HTML alike. */
export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);

function writeValue(value: XmlValue): string {
  if (Array.isArray(value)) return value.map((item) => `<member>${writeValue(item)}</member>`).join("");
  if (typeof value === "object") return writeXml(value as XmlFields);
  return escapeXml(String(value ?? ""));
}

/** Writes fields in their order; undefined ones are left out. */
export const writeXml = (fields: XmlFields): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<${name}>${writeValue(value)}</${name}>`)
    .join("");
