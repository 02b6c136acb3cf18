import type { Language } from "../lib/core/messages/words.ts";
import type { Why } from "../lib/flows/why.ts";
import { traceText } from "../lib/rules/trace-text.ts";

/** An explanation as the API answers it: for programs, and in plain words. */
export const whyReply = ({ trace, contact, partial, ...rest }: Why & object, language: Language) => ({
  ...trace,
  partial,
  contact,
  ...rest,
  text: traceText(trace, language, contact),
});
