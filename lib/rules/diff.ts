import { isRecord } from "./words.ts";

/** One object of a configuration as written. */
export type Written = Readonly<Record<string, unknown>>;

/** What becomes of one object. */
export interface Change {
  readonly what: "added" | "changed" | "removed";
  readonly kind: string;
  readonly id: string;
  /** Fields that differ, in a changed object. */
  readonly fields: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
}

/** What would change from one configuration to another; field by field where an object stays. In order of kind and id. */
export function diff(before: readonly Written[], after: readonly Written[]): Change[] {
  const old = keyed(before);
  const fresh = keyed(after);
  const moved = [...old.keys()].filter((key) => old.get(key) !== fresh.get(key));
  const added = [...fresh.keys()].filter((key) => !old.has(key));
  return [...moved, ...added].sort().flatMap((key): Change[] => {
    const kind = key.slice(0, key.indexOf("/"));
    const id = key.slice(kind.length + 1);
    const one = old.get(key);
    const other = fresh.get(key);
    if (one === undefined) return [{ what: "added", kind, id, fields: NONE }];
    if (other === undefined) return [{ what: "removed", kind, id, fields: NONE }];
    const fields = differences(one, other, "");
    return fields.length === 0 ? [] : [{ what: "changed", kind, id, fields }];
  });
}

/** One for all: a first publish adds a million objects. */
const NONE: Change["fields"] = [];

/** Objects by what tells them apart, `Kind/id`. A role's name may stand several times, so those are told apart by where they stand. */
export function keyed(objects: readonly Written[]): Map<string, Written> {
  const roles = new Map<unknown, number>();
  for (const { kind, name } of objects) if (kind === "Role") roles.set(name, (roles.get(name) ?? 0) + 1);
  const found = new Map<string, Written>();
  for (const object of objects) found.set(keyOf(textOf(object.kind), labelOf(object, roles)), object);
  return found;
}

/** What an object is called where several are listed. */
export const keyOf = (kind: string, id: string): string => `${kind}/${id}`;

function labelOf(object: Written, roles: ReadonlyMap<unknown, number>): string {
  if (object.kind !== "Role") return textOf(object.id);
  const name = textOf(object.name);
  const places = Array.isArray(object.accounts) ? object.accounts.map(textOf).join(", ") : "";
  return (roles.get(object.name) ?? 0) > 1 ? `${name} (${places})` : name;
}

/** What a name is written as: nothing where there is none, or none that anybody could say. */
const textOf = (value: unknown): string =>
  ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";

function differences(before: unknown, after: unknown, path: string): Change["fields"] {
  if (isSame(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) {
    return [
      {
        path,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      },
    ];
  }
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) =>
    differences(before[name], after[name], path === "" ? name : `${path}.${name}`),
  );
}

/** Whether two values have one canonical text, without writing it. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((value, index) => isSame(value, other[index]));
  if (!isRecord(one) || !isRecord(other)) return canonical(one) === canonical(other);
  const names = Object.keys(one).filter((name) => one[name] !== undefined);
  const others = Object.keys(other).filter((name) => other[name] !== undefined);
  return (
    names.length === others.length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
  );
}

/** JSON with keys in order: the same meaning always makes the same text. */
export const canonical = (value: unknown): string => JSON.stringify(inOrder(value));

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isRecord(value)) return value;
  const names = Object.keys(value).sort();
  // Assigned, a field of this name would become the prototype.
  if (names.includes("__proto__"))
    return Object.fromEntries(names.map((name) => [name, inOrder(value[name])]));
  const ordered: Record<string, unknown> = {};
  for (const name of names) ordered[name] = inOrder(value[name]);
  return ordered;
}
