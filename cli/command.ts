import { Option } from "commander";

/** How a command ends: done, refused or found wanting, or asked wrongly. */
export const EXIT = { ok: 0, refused: 1, usage: 2 } as const;

/** Ends a command with a sentence for whoever ran it; its cause, where there is one, is that nobody answered. */
export class Stop extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = "Stop";
    this.exitCode = exitCode;
  }
}

export const brokerOption = () => new Option("--broker <url>", "the broker's address").env("SEKISHO_URL");
export const jsonOption = () => new Option("--json", "print JSON");
export const filesOption = () => new Option("-f, --files <path>", "folder of YAML files, or one file");
export const functionOption = () =>
  new Option(
    "--function <name>",
    "invoke the admin function itself, with your own AWS credentials, instead of the API",
  );

/** A path a person must give. @throws {Stop} */
export function required(value: string | undefined, what: string): string {
  if (value === undefined || value === "") throw new Stop(EXIT.usage, `${what} is missing. See --help.`);
  return value;
}

/** Prints one line. What others wrote may hold control characters; a terminal must not obey them. */
export const print = (line = ""): void => console.log(plain(line));

/** Prints what is not the result: progress, questions, advice. */
export const say = (line: string): void => console.error(plain(line));

export const printJson = (value: unknown): void => console.log(JSON.stringify(value, undefined, 2));

/** Text without control characters (C0, C1, line and direction marks). */
export const plain = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
