import type { Condition } from "../../core/rule.ts";
import { type isEmpty, numberWithin, parseDecimal } from "../number.ts";
import { CLASSES, readTemplate } from "../template.ts";
import { anything, fitting, literally, madeOf, oneOf, type Piece, type Texts } from "./texts.ts";

type Fitting = Exclude<Extract<Condition, { claim: string }>, { exists: boolean }>;

/** What values of a claim mean to a condition. */
export interface Meaning {
  /** One of these makes it true. */
  readonly true: Texts;
  /** Without any of these it is false; but for numbers the same. */
  readonly notFalse: Texts;
}

/** @returns Nothing for a condition that cannot be read, which is unknown of everybody. */
export function meaningOf(condition: Fitting): Meaning | undefined {
  if ("number" in condition) return numbers(condition.number);
  const texts = textsOf(condition);
  return texts === undefined ? undefined : { true: texts, notFalse: texts };
}

function textsOf(condition: Exclude<Fitting, { number: unknown }>): Texts | undefined {
  if ("equals" in condition) return oneOf([condition.equals]);
  if ("in" in condition) return oneOf(condition.in);
  if ("startsWith" in condition) {
    const { startsWith } = condition;
    return madeOf(`starts ${startsWith}`, [...literally(startsWith), anything], startsWith);
  }
  if ("endsWith" in condition) {
    const { endsWith } = condition;
    return madeOf(`ends ${endsWith}`, [anything, ...literally(endsWith)], endsWith);
  }
  if ("glob" in condition) return globTexts(condition.glob);
  return "regex" in condition ? fitting(condition.regex) : filling(condition.template, {});
}

const isSeparator = (code: number): boolean => code === 0x2f || code === 0x3a;

function globTexts(glob: string): Texts {
  const pieces = [...Array(glob.length).keys()].map((at): Piece => {
    const char = glob.charAt(at);
    if (char === "*") return { accepts: (code) => !isSeparator(code), often: true };
    if (char === "?") return { accepts: (code) => !isSeparator(code) };
    return { accepts: (code) => code === glob.charCodeAt(at) };
  });
  return madeOf(`glob ${glob}`, pieces, glob);
}

/** Texts that a template fits, with these of its fields holding just this. Undefined when it cannot be read. */
export function filling(text: string, fields: Readonly<Record<string, string>>): Texts | undefined {
  const template = readTemplate(text);
  if ("message" in template) return undefined;
  const pieces = [...literally(template.start)];
  for (const { name, holds, then } of template.fields) {
    const members = CLASSES[holds];
    const wanted = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const accepts = (code: number) => members.includes(String.fromCharCode(code));
    if (wanted === undefined) pieces.push({ accepts }, { accepts, often: true });
    else if (wanted !== "" && [...wanted].every((char) => members.includes(char)))
      pieces.push(...literally(wanted));
    else return oneOf([]);
    pieces.push(...literally(then));
  }
  const letters = `${text}${Object.values(fields).join("")}`;
  return madeOf(`template ${text} ${JSON.stringify(fields)}`, pieces, letters);
}

type Bounds = Parameters<typeof isEmpty>[0];

function numbers(bounds: Bounds): Meaning {
  const judge = (text: string) => numberWithin([text], bounds, "false");
  const shared = { letters: "", candidates: candidatesOf(bounds), bounds: boundsIn(bounds) };
  const key = `number ${JSON.stringify(bounds)}`;
  return {
    true: { key, has: (text) => judge(text) === "true", ...shared },
    notFalse: { key: `${key} or none`, has: (text) => judge(text) !== "false", ...shared },
  };
}

const boundsIn = ({ atLeast, above, atMost, below }: Bounds): number[] =>
  [atLeast, above, atMost, below].filter((one) => one !== undefined);

/** Numbers on, beside and between bounds, and something that is none. */
function candidatesOf(of: Bounds): string[] {
  const bounds = boundsIn(of);
  const [low = 0, high = low] = [...bounds].sort((a, b) => a - b);
  const near = bounds.flatMap((one) => [
    one,
    one - 1,
    one + 1,
    one - 0.5,
    one + 0.5,
    one - 0.001,
    one + 0.001,
  ]);
  const texts = [...near, (low + high) / 2, 0, -1, 1, -99_999_999, 99_999_999].map(decimal);
  return [...new Set(texts.filter((text) => parseDecimal(text) !== undefined)), "none"];
}

const decimal = (value: number): string => String(Number(value.toFixed(6)));
