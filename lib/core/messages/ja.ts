import type { Words } from "./words.ts";

/** 日本語の文言。`{name}` には値が入る。 */
export const ja: Words = {
  brand: "Sekisho",
};
