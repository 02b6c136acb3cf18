/** What a field of a template may hold: characters, at least one of them. */
export const CLASSES = {
  digits: "0123456789",
  word: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
  slug: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-",
  /** What names of roles are made of. */
  name: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_+=,.@-",
} as const;
type Class = keyof typeof CLASSES;
export const CLASS_NAMES: readonly string[] = Object.keys(CLASSES);

interface Field {
  readonly name: string;
  readonly holds: Class;
}

/** A template, read: a beginning, and fields each followed by a text that its field cannot begin to hold. */
export interface Template {
  readonly start: string;
  readonly fields: readonly (Field & { readonly then: string })[];
}

/** Why a template cannot be read, and what to write instead. */
export interface Misread {
  readonly message: string;
  readonly fix: string;
}

/** Texts of a value by the names of the fields. */
export type Captures = Readonly<Record<string, string>>;

const MOST_FIELDS = 8;
const FIELD = /^([a-z][A-Za-z0-9]{0,31}):([a-z]+)$/;

/**
 * Reads `aws_{account:digits}_{role:name}`.
 *
 * Where a field ends is never in doubt: what follows it is a text whose first character it cannot hold. So one pass
 * over a value is enough, and nothing is ever tried twice.
 */
export function readTemplate(text: string): Template | Misread {
  const pieces = text.split("{");
  const start = pieces.shift() ?? "";
  if (start.includes("}")) return STRAY;
  if (start === "")
    return misread("A template must begin with a text.", "Write as in `aws_{account:digits}_{role:name}`.");
  if (pieces.length === 0)
    return misread("This template has no field.", "Write `equals`, or a field such as `{role:name}`.");
  if (pieces.length > MOST_FIELDS)
    return misread(`A template has at most ${MOST_FIELDS} fields.`, "Leave some out.");
  const fields: Template["fields"][number][] = [];
  for (const [index, piece] of pieces.entries()) {
    const field = readField(piece, index === pieces.length - 1);
    if ("message" in field) return field;
    if (fields.some(({ name }) => name === field.name))
      return misread(`\`{${field.name}}\` stands there twice.`, "Give each field a name of its own.");
    fields.push(field);
  }
  return { start, fields };
}

const misread = (message: string, fix: string): Misread => ({ message, fix });
const STRAY = misread("A brace stands alone.", "Write fields as `{role:name}`; braces cannot be matched.");

function readField(piece: string, isLast: boolean): Template["fields"][number] | Misread {
  const end = piece.indexOf("}");
  const [, name, holds] = FIELD.exec(piece.slice(0, Math.max(end, 0))) ?? [];
  const then = piece.slice(end + 1);
  if (end < 0 || then.includes("}")) return STRAY;
  if (name === undefined || holds === undefined)
    return misread(
      `\`{${piece.slice(0, end).slice(0, 40)}}\` is not a field.`,
      "Write a name and what it holds, as in `{account:digits}`.",
    );
  if (!isClass(holds))
    return misread(`No field holds \`${holds.slice(0, 40)}\`.`, `Write one of ${CLASS_NAMES.join(", ")}.`);
  if (then === "" ? !isLast : CLASSES[holds].includes(then.charAt(0)))
    return misread(
      `Nobody could say where \`{${name}:${holds}}\` ends.`,
      "Put a character after it that it cannot hold, or let it hold less.",
    );
  return { name, holds, then };
}

const isClass = (text: string): text is Class => Object.hasOwn(CLASSES, text);

const members = new Map(
  Object.entries(CLASSES).map(([name, characters]) => [
    name,
    new Set([...characters].map((one) => one.charCodeAt(0))),
  ]),
);

/** What the fields hold when the whole value fits, or undefined when it does not. One pass, whatever the value. */
export function captureFrom({ start, fields }: Template, value: string): Captures | undefined {
  if (!value.startsWith(start)) return undefined;
  const captured: Record<string, string> = {};
  let at = start.length;
  for (const { name, holds, then } of fields) {
    const begins = at;
    const accepted = members.get(holds);
    while (at < value.length && accepted?.has(value.charCodeAt(at))) at++;
    if (at === begins || !value.startsWith(then, at)) return undefined;
    captured[name] = value.slice(begins, at);
    at += then.length;
  }
  return at === value.length ? captured : undefined;
}

/** The template with some of its fields filled in; undefined where a field cannot hold what it is filled with. */
export function fillTemplate({ start, fields }: Template, values: Captures): string | undefined {
  let text = start;
  for (const { name, holds, then } of fields) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined && !isHeld(value, holds)) return undefined;
    text += `${value ?? `{${name}:${holds}}`}${then}`;
  }
  return text;
}

const isHeld = (value: string, holds: Class): boolean =>
  value !== "" && [...value].every((one) => CLASSES[holds].includes(one));
