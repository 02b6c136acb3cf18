/** Neither wildcard stands for these, so that `team-*` cannot reach into another path or namespace. */
const isSeparator = (character: string | undefined): boolean => character === "/" || character === ":";

/**
 * Whether the whole value fits.
 *
 * Runs in at most pattern times value steps, whatever either holds: when a `*` must give up it does so towards the
 * left-most place after it, and only the last `*` is ever tried again.
 */
export function matchGlob(pattern: string, value: string): boolean {
  let at = 0;
  let seen = 0;
  let star = -1;
  let retry = 0;
  while (seen < value.length) {
    const wanted = pattern[at];
    if (wanted === "*") {
      star = at++;
      retry = seen;
    } else if (fits(wanted, value[seen])) {
      at++;
      seen++;
    } else if (star >= 0 && !isSeparator(value[retry])) {
      at = star + 1;
      seen = ++retry;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

const fits = (wanted: string | undefined, found: string | undefined): boolean =>
  wanted === "?" ? !isSeparator(found) : wanted === found;

/** What every matching value begins with: the pattern up to its first wildcard. */
export const globStart = (pattern: string): string => pattern.slice(0, firstWildcard(pattern));

/** What every matching value ends with: the pattern after its last wildcard. */
export const globEnd = (pattern: string): string =>
  pattern.slice(Math.max(pattern.lastIndexOf("*"), pattern.lastIndexOf("?")) + 1);

/** Whether the pattern is one literal. */
export const isLiteral = (pattern: string): boolean => firstWildcard(pattern) === pattern.length;

function firstWildcard(pattern: string): number {
  const found = pattern.search(/[*?]/);
  return found < 0 ? pattern.length : found;
}
