import { en } from "./en.ts";
import { ja } from "./ja.ts";

/** Languages the pages are written in. */
export const LANGUAGES = ["en", "ja"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Every sentence and label of the pages; `{name}` marks where a value goes. */
export type Words = typeof en;

const WORDS: Readonly<Record<Language, Words>> = { en, ja };

/** The words of one language. */
export const words = (language: Language): Words => WORDS[language];
