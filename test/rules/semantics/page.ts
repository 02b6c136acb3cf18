import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../source.ts";

const text = readFileSync(join(ROOT, "docs/rules.md"), "utf8");

/** The first example of the page, as it is written there. */
export const example = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? "";

/** Every sentence and every row of the page; examples and headings say nothing by themselves. */
export function sentences(): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, "\n\n").replace(/^#.*$/gm, "\n\n");
  return prose
    .split(/\n\s*\n|\n(?=- |\| )/)
    .map((block) => block.replace(/\s+/g, " ").trim())
    .filter((block) => block !== "" && !/^\| (?:---|word) /.test(block))
    .flatMap((block) => (block.startsWith("|") ? [block] : splitSentences(block.replace(/^- /, ""))));
}

/** A full stop, a colon at the end of nothing, and then what can begin a sentence. */
const splitSentences = (block: string): string[] =>
  block.split(/(?<=[A-Za-z0-9)`*"|]\.\*?)\s+(?=[A-Z`"*_{])/).map((one) => one.trim());
