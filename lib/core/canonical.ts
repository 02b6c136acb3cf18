/**
 * One text for one value: JSON as RFC 8785 writes it, so that a hash over it means the value and not its spelling.
 * Names are in the order of their UTF-16 code units; numbers and strings are as ECMAScript writes them, which is what
 * the RFC asks for. A member that is undefined is none.
 *
 * @throws {TypeError} for what JSON cannot say: a number that is not finite, half a surrogate pair, a function.
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return text(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is no JSON`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object") return members(value);
  throw new TypeError(`${typeof value} is no JSON`);
}

function members(value: object): string {
  const written = Object.entries(value)
    .filter(([, held]) => held !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, held]) => `${text(name)}:${canonicalJson(held)}`);
  return `{${written.join(",")}}`;
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError("half a surrogate pair is no JSON");
  return JSON.stringify(value);
}
