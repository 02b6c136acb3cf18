import { isPrivateHost } from "../../lib/core/outbound.ts";

const MARKUP = Symbol("markup");

/** Markup that is safe to send: made by `html` or `raw` and by nothing else. */
export interface Html {
  readonly [MARKUP]: string;
}

/** What may stand in a template: text is escaped, markup is not, nothing is nothing. */
export type Value = string | number | Html | undefined | false | readonly Value[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/**
 * Characters that no name of ours holds: controls, which confuse readers of the page, and bidirectional
 * overrides, with which a name could be made to read as another.
 */
const UNPRINTABLE = /(?![\t\n\r])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text as it may stand in an element or in a quoted attribute. */
const escapeText = (text: string): string =>
  text
    .toWellFormed()
    .replace(UNPRINTABLE, "\ufffd")
    .replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? "");

/** Our own constants, as they are. Never for a value that came from outside this folder. */
export const raw = (text: string): Html => ({ [MARKUP]: text });

const isHtml = (value: object): value is Html => MARKUP in value;

function write(value: Value): string {
  if (value === undefined || value === false) return "";
  if (typeof value === "string") return escapeText(value);
  if (typeof value === "number") return String(value);
  if (isHtml(value)) return value[MARKUP];
  return value.map(write).join("");
}

/** Markup with every value escaped. Attributes must be quoted in the template. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Html =>
  raw(strings.map((string, place) => string + write(values[place])).join(""));

/** The finished page. */
export const render = (page: Html): string => page[MARKUP];

/**
 * A sentence of ours with its values put in: `{name}` becomes what `values.name` says, escaped unless it is markup.
 *
 * A name without a value stays as it is written, so that the tests find it on the page.
 */
export const fill = (sentence: string, values: Readonly<Record<string, Value>>): Html =>
  raw(
    sentence
      .split(/(\{[a-z]+\})/i)
      .map((part) => {
        const name = part.slice(1, -1);
        return part.startsWith("{") && name in values ? write(values[name]) : escapeText(part);
      })
      .join(""),
  );

/** A path of this broker and nothing a browser could read as another host; `/` where it is not. */
export const ownHref = (path: string): string =>
  /^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !path.includes("\\") ? path : "/";

/**
 * An address a link may lead to: a path of ours, https or mailto; `/` where it is not.
 *
 * @param privateHosts Exact `host:port` pairs that may be plain http besides (decision 12).
 */
export function href(address: string, privateHosts: readonly string[] = []): string {
  if (address.startsWith("/")) return ownHref(address);
  if (!URL.canParse(address)) return "/";
  const url = new URL(address);
  const plain = url.protocol === "http:" && isPrivateHost(url, privateHosts);
  return url.protocol === "https:" || url.protocol === "mailto:" || plain ? address : "/";
}

/** A path of ours with a query; values that are absent are left out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const url = new URL(ownHref(path), "https://own.invalid");
  for (const [name, value] of Object.entries(query))
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, String(value));
  // Asked again, as a dot segment may have hidden a second slash: `/.//elsewhere.example`.
  return ownHref(url.pathname) + url.search + url.hash;
}
