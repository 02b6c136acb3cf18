/** Most objects of one file. */
const MOST_OBJECTS = 200_000;
/** Every comma and every line may be a value; each costs some hundred bytes once it is read. */
const MOST_VALUES = 1_500_000;
/** An object with its aliases written out, in characters. */
const LARGEST_OBJECT = 10_000_000;

/** Why a file is too much to be read, before anything of it is. */
export function tooMuchIn(text: string): { readonly message: string; readonly fix: string } | undefined {
  if (count(text, "\n---") > MOST_OBJECTS)
    return { message: `This file has more than ${MOST_OBJECTS} objects.`, fix: "Cut it in several." };
  if (count(text, ",") + count(text, "\n") > MOST_VALUES)
    return {
      message: `This file has more than ${MOST_VALUES} values.`,
      fix: "Cut it in several; if it is one object, it is too large.",
    };
  return undefined;
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) found++;
  return found;
}

/**
 * Whether an object is too large once its aliases are written out. In memory they are one thing many times; on its way
 * to the broker each is a copy.
 */
export function isTooLarge(object: unknown): boolean {
  let size = 0;
  const open: unknown[] = [object];
  while (open.length > 0 && size <= LARGEST_OBJECT) {
    const value = open.pop();
    size += typeof value === "string" ? value.length : 8;
    if (typeof value === "object" && value !== null)
      for (const [key, inner] of Object.entries(value)) {
        size += key.length;
        open.push(inner);
      }
  }
  return size > LARGEST_OBJECT;
}
