import type { Language } from "../../lib/core/messages/words.ts";

const RANGE = /^\s*([a-z]{1,8})(?:-[a-z0-9]{1,8})*\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*$/i;
/** Ranges looked at; browsers send a handful. */
const MOST_RANGES = 32;

/** Reads one of our languages out of what a stranger wrote, or nothing. */
const known = (text: string | undefined): Language | undefined =>
  text === "en" || text === "ja" ? text : undefined;

/**
 * Which language to answer in.
 *
 * The person's own choice (`?lang=`, kept in a cookie) wins over the browser's list; English where neither
 * names a language we write.
 *
 * @param acceptLanguage The Accept-Language header.
 * @param chosen Values of `?lang=` and of the cookie, in that order.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
 */
export function pickLanguage(
  acceptLanguage: string | undefined,
  ...chosen: readonly (string | undefined)[]
): Language {
  for (const choice of chosen) {
    const language = known(choice);
    if (language) return language;
  }
  let best: Language = "en";
  let weight = 0;
  for (const range of (acceptLanguage ?? "").slice(0, 1024).split(",").slice(0, MOST_RANGES)) {
    const [, tag = "", q = "1"] = RANGE.exec(range) ?? [];
    const language = known(tag.toLowerCase());
    if (language && Number(q) > weight) [best, weight] = [language, Number(q)];
  }
  return best;
}
