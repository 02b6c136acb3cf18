/** A pattern, read. */
export type Node =
  /** `literal` where only this one character will do. */
  | { readonly kind: "take"; readonly accepts: Accepts; readonly literal?: string }
  | { readonly kind: "all" | "any"; readonly parts: readonly Node[] }
  | {
      readonly kind: "repeat";
      readonly part: Node;
      readonly least: number;
      readonly most: number | undefined;
    };

type Accepts = (code: number) => boolean;

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
}

/** Groups nest this deep at most. */
const DEEPEST = 16;
/** Counts in braces go this far at most. */
const HIGHEST_COUNT = 256;

const DIGIT: Accepts = (code) => code >= 48 && code <= 57;
const WORD: Accepts = (code) =>
  DIGIT(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const SPACE: Accepts = (code) => code === 32 || (code >= 9 && code <= 13);
const CLASSES: Readonly<Record<string, Accepts>> = { d: DIGIT, w: WORD, s: SPACE };

/** @throws {Error} naming what cannot be read, and where. */
export function readPattern(text: string): Node {
  const reader: Reader = { text, at: 0, depth: 0 };
  const node = readAny(reader);
  if (reader.at < text.length) fail(reader, `\`${text[reader.at]}\``);
  return node;
}

function fail(reader: Reader, what: string): never {
  throw new Error(`unexpected ${what} at ${reader.at} of the pattern`);
}

function readAny(reader: Reader): Node {
  const parts = [readAll(reader)];
  while (reader.text[reader.at] === "|") {
    reader.at++;
    parts.push(readAll(reader));
  }
  return { kind: "any", parts };
}

function readAll(reader: Reader): Node {
  const parts: Node[] = [];
  while (reader.at < reader.text.length && !"|)".includes(reader.text.charAt(reader.at)))
    parts.push(readRepeat(reader, readOne(reader)));
  return { kind: "all", parts };
}

function readOne(reader: Reader): Node {
  const char = reader.text.charAt(reader.at);
  if (char === "(") return readGroup(reader);
  if (char === "[") return { kind: "take", accepts: readClass(reader) };
  if ("*+?{}^$)]".includes(char)) fail(reader, `\`${char}\``);
  reader.at++;
  if (char === ".") return { kind: "take", accepts: () => true };
  if (char !== "\\") return literal(char);
  const escaped = reader.text.charAt(reader.at);
  const accepts = readEscape(reader);
  return CLASSES[escaped.toLowerCase()] === undefined ? literal(escaped) : { kind: "take", accepts };
}

const literal = (char: string): Node => ({
  kind: "take",
  accepts: only(char.charCodeAt(0)),
  literal: char,
});

const only =
  (wanted: number): Accepts =>
  (code) =>
    code === wanted;

function readGroup(reader: Reader): Node {
  reader.at += reader.text.startsWith("(?:", reader.at) ? 3 : 1;
  if (++reader.depth > DEEPEST) fail(reader, "depth");
  const node = readAny(reader);
  if (reader.text[reader.at] !== ")") fail(reader, "end of a group");
  reader.at++;
  reader.depth--;
  return node;
}

/** Stands after the backslash. Letters and digits other than the classes have no meaning here. */
function readEscape(reader: Reader): Accepts {
  const char = reader.text.charAt(reader.at++);
  const known = CLASSES[char.toLowerCase()];
  if (known !== undefined) return char in CLASSES ? known : (code) => !known(code);
  if (char === "" || WORD(char.charCodeAt(0))) fail(reader, `escape \`\\${char}\``);
  return only(char.charCodeAt(0));
}

function readClass(reader: Reader): Accepts {
  reader.at++;
  const negated = reader.text[reader.at] === "^";
  if (negated) reader.at++;
  const parts: Accepts[] = [];
  while (reader.text[reader.at] !== "]") {
    if (reader.at >= reader.text.length) fail(reader, "end of a class");
    parts.push(readRange(reader));
  }
  reader.at++;
  return (code) => parts.some((part) => part(code)) !== negated;
}

function readRange(reader: Reader): Accepts {
  const first = reader.text.charAt(reader.at++);
  // A character beyond the basic plane is two of JavaScript's, and a class takes one.
  if (isHalf(first)) fail(reader, "character of two halves in a class");
  if (first === "\\") return readEscape(reader);
  const last = reader.text.charAt(reader.at + 1);
  if (reader.text[reader.at] !== "-" || last === "]" || last === "") return only(first.charCodeAt(0));
  if (last === "\\" || last < first) fail(reader, "range");
  reader.at += 2;
  const [low, high] = [first.charCodeAt(0), last.charCodeAt(0)];
  return (code) => code >= low && code <= high;
}

const isHalf = (char: string): boolean => char >= "\ud800" && char <= "\udfff";

const COUNT = /\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/y;

function readRepeat(reader: Reader, part: Node): Node {
  const [least, most] = readCount(reader) ?? [1, 1];
  if (least === 1 && most === 1) return part;
  return { kind: "repeat", part, least, most };
}

function readCount(reader: Reader): [least: number, most: number | undefined] | undefined {
  const char = reader.text.charAt(reader.at);
  if (char === "{") return readBraces(reader);
  if (char === "" || !"?*+".includes(char)) return undefined;
  reader.at++;
  if (char === "?") return [0, 1];
  return [char === "+" ? 1 : 0, undefined];
}

function readBraces(reader: Reader): [least: number, most: number | undefined] {
  COUNT.lastIndex = reader.at;
  const found = COUNT.exec(reader.text);
  if (found === null) return fail(reader, "count");
  reader.at = COUNT.lastIndex;
  const least = Number(found[1]);
  const most = found[2] === undefined ? least : found[3] === undefined ? undefined : Number(found[3]);
  if (Math.max(least, most ?? 0) > HIGHEST_COUNT || (most !== undefined && most < least))
    return fail(reader, "count");
  return [least, most];
}

const LONGEST_START = 1024;

/** What every value that fits begins with, and whether that is all of it. */
export function literalStart(node: Node): { readonly text: string; readonly whole: boolean } {
  switch (node.kind) {
    case "take":
      return { text: node.literal ?? "", whole: node.literal !== undefined };
    case "any":
      return commonStart(node.parts.map(literalStart));
    case "repeat": {
      const { text, whole } = literalStart(node.part);
      if (node.least === 0) return { text: "", whole: false };
      const isCounted = whole && node.most === node.least && text.length * node.least <= LONGEST_START;
      return isCounted ? { text: text.repeat(node.least), whole } : { text, whole: false };
    }
    case "all": {
      let start = "";
      for (const part of node.parts) {
        const { text, whole } = literalStart(part);
        start += text;
        if (!whole) return { text: start, whole: false };
      }
      return { text: start, whole: true };
    }
  }
}

function commonStart(starts: readonly ReturnType<typeof literalStart>[]): ReturnType<typeof literalStart> {
  const [first, ...rest] = starts;
  if (first === undefined || rest.length === 0) return first ?? { text: "", whole: true };
  let length = first.text.length;
  for (const { text } of rest) while (!text.startsWith(first.text.slice(0, length))) length--;
  return { text: first.text.slice(0, length), whole: false };
}
