import type { Epoch } from "./time.ts";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const REFERENCE = /^[0-7][0-9A-HJKMNP-TV-Z]{25}/;

/**
 * When a reference was made.
 *
 * @returns Epoch seconds with their fraction, or undefined for what does not begin with a reference.
 */
export function timeOfReference(reference: string): Epoch | undefined {
  if (!REFERENCE.test(reference)) return undefined;
  let milliseconds = 0;
  for (const letter of reference.slice(0, 10)) milliseconds = milliseconds * 32 + CROCKFORD.indexOf(letter);
  return milliseconds / 1000;
}

/** A text that stands before every reference made from this instant on, and after every one made before it. */
export function referenceFrom(at: Epoch): string {
  let time = Math.max(0, Math.round(at * 1000));
  let text = "";
  for (let place = 0; place < 10; place++) {
    text = CROCKFORD[time % 32] + text;
    time = Math.floor(time / 32);
  }
  return text;
}
