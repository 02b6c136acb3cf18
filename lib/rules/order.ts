/** Byte order, as everything that is listed by id has it. */
export const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const LETTERS = 7;
/** ASCII has 128 characters; the last ones are all taken for one, and what follows them is not looked at. */
const LAST = 126;

/** The first letters of an id as a number that orders as the id does, or not at all. */
export function placeOf(id: string): number {
  let place = 0;
  let ended = false;
  for (let at = 0; at < LETTERS; at++) {
    const code: number = ended || at >= id.length ? 0 : Math.min(id.charCodeAt(at), LAST);

    ended ||= code === LAST;
    place = place * 128 + code;
  }
  return place;
}

/** Longer lists are left to the sort of the language, which is better at them. */
const LONGEST = 64;

/**
 * Sorts a list in place, and keeps the order of what is equal. The lists of a decision are short and nearly in order, and
 * sorting them by the language's own sort was a fifth of a decision.
 *
 * @param tie Orders two of the same place.
 */
export function inOrder<T extends { readonly place: number }>(list: T[], tie: (a: T, b: T) => number): T[] {
  if (list.length > LONGEST) return list.sort((a, b) => a.place - b.place || tie(a, b));
  for (let next = 1; next < list.length; next++) {
    const one = list[next];
    if (one !== undefined) insert(list, one, next, tie);
  }
  return list;
}

function insert<T extends { readonly place: number }>(
  list: T[],
  one: T,
  end: number,
  tie: (a: T, b: T) => number,
): void {
  let at = end;
  for (; at > 0; at--) {
    const before = list[at - 1];
    if (before === undefined || before.place < one.place) break;
    if (before.place === one.place && tie(before, one) <= 0) break;
    list[at] = before;
  }
  list[at] = one;
}
