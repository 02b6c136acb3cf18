/** Values of condition keys by lower-case name: what a decision may look at. */
export type Context = ReadonlyMap<string, readonly string[]>;

type Token = { readonly wild: "any" | "one" } | { readonly text: string };

/** The value of `key` or `key, 'default'`; undefined when it has none or several. */
function variable(inner: string, context: Context): string | undefined {
  if (inner === "*" || inner === "?" || inner === "$") return inner;
  const [, key = "", fallback] = /^([^,]+?)(?:,\s*'([^']*)')?$/.exec(inner.trim()) ?? [];
  const values = context.get(key.trim().toLowerCase()) ?? [];
  return values.length === 1 ? values[0] : values.length === 0 ? fallback : undefined;
}

/** Splits a pattern into single characters and wildcards; undefined when a policy variable has no value. */
function tokens(pattern: string, context: Context): readonly Token[] | undefined {
  const list: Token[] = [];
  for (const [part, inner] of pattern.matchAll(/\$\{([^}]*)\}|./gsu)) {
    if (part === "*") list.push({ wild: "any" });
    else if (part === "?") list.push({ wild: "one" });
    else {
      const text = inner === undefined ? part : variable(inner, context);
      if (text === undefined) return undefined;
      list.push(...Array.from(text, (character) => ({ text: character })));
    }
  }
  return list;
}

/** Fills policy variables of a value that has no wildcards; undefined when one has no value. */
export function fill(text: string, context: Context): string | undefined {
  let whole: string | undefined = "";
  for (const [part, inner] of text.matchAll(/\$\{([^}]*)\}|./gsu)) {
    const piece: string | undefined = inner === undefined ? part : variable(inner, context);
    whole = whole === undefined || piece === undefined ? undefined : whole + piece;
  }
  return whole;
}

const matchesOne = (token: Token | undefined, character: string | undefined): boolean =>
  token !== undefined && ("wild" in token ? token.wild === "one" : token.text === character);

/** Whether a pattern with `*`, `?` and policy variables matches a whole text; linear apart from the last star. */
export function globMatches(pattern: string, text: string, context: Context = new Map()): boolean {
  const list = tokens(pattern, context);
  if (list === undefined) return false;
  const characters = Array.from(text);
  let at = 0;
  let star: { readonly token: number; at: number } | undefined;
  let token = 0;
  while (at < characters.length) {
    const current = list[token];
    if (current !== undefined && "wild" in current && current.wild === "any") {
      star = { token: token++, at };
    } else if (matchesOne(current, characters[at])) {
      token++;
      at++;
    } else if (star) {
      token = star.token + 1;
      at = ++star.at;
    } else return false;
  }
  return list.slice(token).every((rest) => "wild" in rest && rest.wild === "any");
}
