/** One opening tag of a page. */
export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A page taken apart. */
export interface Tokens {
  readonly tags: readonly Tag[];
  /** Text between tags, entities resolved. */
  readonly text: string;
}

const VOID = new Set(["meta", "link", "input", "br"]);
const BARE = new Set(["checked", "selected", "hidden", "defer", "data-continue"]);
const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&#96;": "`",
};
const TOKEN =
  /<!doctype html>|<\/([a-z][a-z0-9]*)>|<([a-z][a-z0-9]*)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*(\/?)>|[^<]+/gy;

function resolve(text: string): string {
  const bare = /[<>`]/.exec(text);
  if (bare) throw new Error(`unescaped ${bare[0]} in ${text.slice(0, 80)}`);
  return text.replace(/&(?:[a-z]+|#\d+);?|&/g, (entity) => {
    const character = ENTITIES[entity];
    if (character === undefined) throw new Error(`unknown entity ${entity}`);
    return character;
  });
}

function attributesOf(source: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = "", value] of source.matchAll(/\s+([a-zA-Z-]+)(?:="([^"]*)")?/g)) {
    if (name in found) throw new Error(`attribute ${name} twice`);
    if (value === undefined && !BARE.has(name)) throw new Error(`attribute ${name} without a value`);
    found[name] = resolve(value ?? "");
  }
  return found;
}

/** Keeps account of which elements are open. */
function closer(open: string[], closing: string): void {
  const last = open.pop();
  if (last !== closing) throw new Error(`</${closing}> closes <${last}>`);
}

/** One token after the other, without a gap. */
function* matches(page: string): Generator<RegExpExecArray> {
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < page.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(page);
    if (!match) throw new Error(`not our HTML: ${JSON.stringify(page.slice(at, at + 80))}`);
    yield match;
  }
}

/**
 * Takes a page apart by rules far stricter than a browser's: lower-case names, quoted attributes, every element
 * closed in order, every special character as one of our own entities.
 *
 * @throws {Error} naming the first thing that a browser could have read in two ways.
 */
export function tokensOf(page: string): Tokens {
  const tags: Tag[] = [];
  const open: string[] = [];
  let text = "";
  for (const [whole, closing, opening, attributes = "", selfClosing] of matches(page)) {
    if (closing !== undefined) closer(open, closing);
    else if (opening !== undefined) {
      tags.push({ name: opening, attributes: attributesOf(attributes) });
      if (!VOID.has(opening) && selfClosing === "") open.push(opening);
    } else if (!whole.startsWith("<")) text += resolve(whole);
  }
  if (open.length > 0) throw new Error(`<${open.join("><")}> never closed`);
  return { tags, text };
}
