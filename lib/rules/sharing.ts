import { isRecord } from "./words.ts";

/**
 * What was parsed, with the parts of what was sent in the place of its own wherever these are the same: of a million objects
 * little is held twice.
 */
export function sharing<T extends object>(parsed: T, sent: Readonly<Record<string, unknown>>): T {
  const fields = parsed as Record<string, unknown>;
  for (const [name, own] of Object.entries(fields)) {
    const other = sent[name];
    if (isAlike(own, other)) fields[name] = other;
    else if (isRecord(own) && isRecord(other)) sharing(own, other);
  }
  return parsed;
}

/** Whether two values are the same to the letter of their JSON: fields in another order are published otherwise. */
function isAlike(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null)
    return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  const others = Object.keys(other);
  return (
    names.length === others.length &&
    names.every(
      (name, at) =>
        name === others[at] &&
        isAlike((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
    )
  );
}
