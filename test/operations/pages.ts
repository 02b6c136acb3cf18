import { readdirSync, readFileSync } from "node:fs";

const DOCS = new URL("../../docs/", import.meta.url);

/** A fenced block of a page and where it stands. */
export interface Block {
  /** `operations`, or a page of `docs/operations/` without its ending. */
  readonly page: string;
  /** The heading it stands under. */
  readonly heading: string;
  readonly language: string;
  readonly line: number;
  readonly text: string;
}

/** Every page of the operations, the walk first. */
export const pageNames = (): readonly string[] => [
  "operations",
  ...readdirSync(new URL("operations/", DOCS))
    .filter((name) => name.endsWith(".md"))
    .map((name) => name.slice(0, -3))
    .sort(),
];

const fileOf = (page: string): URL =>
  new URL(page === "operations" ? "operations.md" : `operations/${page}.md`, DOCS);

/** Every fenced block of a page, in order, without the indentation of a list it stands in. */
export const blocksOf = (page: string): readonly Block[] =>
  readBlocks(page, readFileSync(fileOf(page), "utf8"));

const FENCE = /^([ \t]*)```(.*)\n([\s\S]*?)^[ \t]*```[ \t]*$/gm;

/** @throws {Error} of a fence that is not closed: everything behind it would be missed. */
export function readBlocks(page: string, markdown: string): readonly Block[] {
  // What a fence holds is no heading, and no fence either.
  const outside = markdown.replace(FENCE, (block) => block.replace(/[^\n]/g, " "));
  const lineOf = (at: number): number => markdown.slice(0, at).split("\n").length;
  const left = outside.indexOf("```");
  if (left >= 0) throw new Error(`${page}.md: the fence of line ${lineOf(left)} is not closed`);
  return [...markdown.matchAll(FENCE)].map(({ 1: indent = "", 2: language = "", 3: held = "", index }) => ({
    page,
    heading: [...outside.slice(0, index).matchAll(/^#{1,6} (.*)$/gm)].at(-1)?.[1] ?? "",
    language: language.trim(),
    line: lineOf(index),
    text: held.replaceAll(new RegExp(`^${indent}`, "gm"), "").trimEnd(),
  }));
}

/** What no test can run, and why. Everything else is run by the test that bears the page's name. */
const NOT_RUN: readonly [command: RegExp, reason: string][] = [
  [/\bosls remove\b/, "takes a stack away; there is none on one machine"],
  [/\baws dynamodb\b/, "backups and restores; the local DynamoDB has neither"],
];

export const whyNotRun = ({ text }: Block): string | undefined =>
  NOT_RUN.find(([command]) => command.test(text))?.[1];

export const unusedReasons = (blocks: readonly Block[]): readonly string[] =>
  NOT_RUN.filter(([command]) => !blocks.some(({ text }) => command.test(text))).map(([, reason]) => reason);
