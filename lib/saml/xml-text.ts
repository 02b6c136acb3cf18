import { Refusal } from "../core/errors.ts";

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

const ENTITIES = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** Longest reference between `&` and `;`, e.g. `#x10FFFF` with room for leading zeroes. */
const LONGEST_REFERENCE = 12;

/** @returns Never. The offset names a place in the document, not what stands there. */
export function malformed(reason: string, offset: number): never {
  throw new Refusal("saml_xml_malformed", { reason, offset });
}

export const isSpace = (code: number): boolean =>
  code === SPACE || code === LINE_FEED || code === TAB || code === CARRIAGE_RETURN;

/** Whether nothing but white space stands in a text. */
export function isBlank(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isSpace(text.charCodeAt(at))) return false;
  return true;
}

const isLetter = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;

/** Names are NCNames of ASCII: every name of SAML is, and look-alike letters are left outside. */
export const startsName = isLetter;
/** By code, 1 for what may stand within a name. */
const WITHIN_NAME = Uint8Array.from({ length: 128 }, (_, code) =>
  isLetter(code) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e ? 1 : 0,
);
export const continuesName = (code: number): boolean => WITHIN_NAME[code] === 1;

/** Whether a text is one unprefixed name. */
export function isName(text: string): boolean {
  if (text === "" || !startsName(text.charCodeAt(0))) return false;
  for (let at = 1; at < text.length; at++) if (!continuesName(text.charCodeAt(at))) return false;
  return true;
}

const FORBIDDEN = /[^\t\n\r -\ufffd]/;
const isForbidden = (code: number): boolean =>
  (code < SPACE && code !== TAB && code !== LINE_FEED && code !== CARRIAGE_RETURN) ||
  code === 0xfffe ||
  code === 0xffff;

/**
 * Refuses what XML 1.0 does not count as a character, and makes every line end a line feed.
 *
 * @see https://www.w3.org/TR/xml/#charsets and #sec-line-ends
 */
export function cleanSource(text: string): string {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const forbidden = body.search(FORBIDDEN);
  if (forbidden >= 0) malformed("a character XML does not allow", forbidden);
  if (!body.isWellFormed()) malformed("half a surrogate pair", 0);
  return body.includes("\r") ? body.replaceAll("\r\n", "\n").replaceAll("\r", "\n") : body;
}

const HIGH_BITS = 0x80808080;
const SPACES = 0x20202020;

/**
 * Whether bytes are ASCII without any control character but tab and line feed, so that `cleanSource` would find nothing
 * to refuse and nothing to change. Four at a time: a byte below 0x20, and only such a one or one above it, borrows.
 */
export function isPlain(bytes: Buffer): boolean {
  if (bytes.byteOffset % 4 !== 0) return false;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? 0;
    const suspicious = (word | ((word - SPACES) & ~word)) & HIGH_BITS;
    if (suspicious !== 0 && !arePlain(bytes, at * 4, at * 4 + 4)) return false;
  }
  return arePlain(bytes, words.length * 4, bytes.length);
}

function arePlain(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = bytes[at] ?? 0;
    if (code >= 0x80 || (code < SPACE && code !== TAB && code !== LINE_FEED)) return false;
  }
  return true;
}

function characterOf(digits: string, radix: 10 | 16, offset: number): string {
  const allowed = radix === 10 ? /^[0-9]+$/ : /^[0-9A-Fa-f]+$/;
  if (!allowed.test(digits)) malformed("a character reference", offset);
  const code = Number.parseInt(digits, radix);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || isForbidden(code))
    malformed("a reference to a character XML does not allow", offset);
  return String.fromCodePoint(code);
}

function resolve(name: string, offset: number): string {
  if (name.startsWith("#x")) return characterOf(name.slice(2), 16, offset);
  if (name.startsWith("#")) return characterOf(name.slice(1), 10, offset);
  return ENTITIES.get(name) ?? malformed("an entity that is not one of the five", offset);
}

/** Replaces the five entities and character references; anything else that starts with `&` is refused. */
export function expand(raw: string, offset: number): string {
  let from = raw.indexOf("&");
  if (from < 0) return raw;
  let text = raw.slice(0, from);
  while (from >= 0) {
    const to = raw.indexOf(";", from);
    if (to < 0 || to - from > LONGEST_REFERENCE) malformed("a reference without an end", offset + from);
    text += resolve(raw.slice(from + 1, to), offset + from);
    from = raw.indexOf("&", to);
    text += from < 0 ? raw.slice(to + 1) : raw.slice(to + 1, from);
  }
  return text;
}

/**
 * The value of an attribute: white space that stands there literally becomes spaces, referenced white space stays.
 *
 * @see https://www.w3.org/TR/xml/#AVNormalize
 */
export function attributeValue(raw: string, offset: number): string {
  if (raw.includes("<")) malformed("`<` in an attribute", offset);
  const spaced =
    raw.includes("\n") || raw.includes("\t") ? raw.replaceAll("\n", " ").replaceAll("\t", " ") : raw;
  return expand(spaced, offset);
}
