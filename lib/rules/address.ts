/** An IP address as sixteen bytes; IPv4 as the IPv4-mapped IPv6 address, so that both spellings are one address. */
export type Address = readonly number[];

/** A range: an address and how many of its leading 128 bits count. */
export interface Range {
  readonly address: Address;
  readonly bits: number;
}

const MAPPED: Address = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** Reads an IPv4 or IPv6 address; undefined for anything else (zone ids, leading zeros, shorthand). */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(":")) return parseIpv6(text);
  const four = parseIpv4(text);
  return four === undefined ? undefined : [...MAPPED, ...four];
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a bare address; undefined when bits are set beyond the prefix. */
export function parseRange(text: string): Range | undefined {
  const [base = "", length, ...rest] = text.split("/");
  const address = parseAddress(base);
  if (address === undefined || rest.length > 0) return undefined;
  const width = base.includes(":") ? 128 : 32;
  const prefix = length === undefined ? width : parsePrefix(length, width);
  if (prefix === undefined) return undefined;
  const range = { address, bits: 128 - width + prefix };
  return covers(range, address) && isBase(range) ? range : undefined;
}

const parsePrefix = (text: string, width: number): number | undefined =>
  /^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) <= width ? Number(text) : undefined;

/** A base with bits beyond its prefix is most likely a typing mistake: `10.0.0.5/8`. */
const isBase = ({ address, bits }: Range): boolean =>
  address.every((byte, index) => (byte & ~maskOf(bits - index * 8) & 0xff) === 0);

const maskOf = (bits: number): number => (bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff);

/** Whether an address lies in a range. */
export const covers = ({ address, bits }: Range, other: Address): boolean =>
  address.every((byte, index) => ((byte ^ (other[index] ?? 0)) & maskOf(bits - index * 8)) === 0);

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split(".");
  const valid = parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part));
  const bytes = parts.map(Number);
  return valid && bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): Address | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => groups(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 16 - head.length - (tail?.length ?? 0);
  const whole = tail === undefined ? missing === 0 : missing >= 2;
  return whole ? [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])] : undefined;
}

/** Bytes of `a:b:c`, whose last group may be an IPv4 address when it ends the text. */
function groups(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const last = parts.at(-1) ?? "";
  const four = isEnd && last.includes(".") ? parseIpv4(last) : undefined;
  const words = four === undefined ? parts : parts.slice(0, -1);
  if (!words.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return undefined;
  const bytes = words.flatMap((part) => {
    const word = Number.parseInt(part, 16);
    return [word >> 8, word & 0xff];
  });
  return [...bytes, ...(four ?? [])];
}
