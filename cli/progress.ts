import { Option } from "commander";

export interface ProgressOptions {
  /** Whether to tell progress where nobody watches, too. */
  readonly progress?: boolean;
}

export const progressOption = () =>
  new Option("--progress", "say how much was sent, also where stderr is no terminal");

export interface Progress {
  /** One more part of so many bytes is there. */
  sent(bytes: number): void;
  end(): void;
}

/**
 * Tells on stderr how many parts of a configuration are there: one line that changes in a terminal, a line for each part
 * where it was asked for, and nothing otherwise.
 */
export function openProgress({ progress = false }: ProgressOptions, parts: number, there: number): Progress {
  const isTerminal = process.stderr.isTTY === true;
  let done = there;
  let sent = 0;
  const tell = () => {
    const known = there === 0 ? "" : `, ${there} were there already`;
    const line = `Sent ${done} of ${parts} parts (${(sent / 1_000_000).toFixed(1)} MB${known})`;
    if (isTerminal) process.stderr.write(`\r${line}`);
    else if (progress) process.stderr.write(`${line}\n`);
  };
  tell();
  return {
    sent: (bytes) => {
      done++;
      sent += bytes;
      tell();
    },
    end: () => {
      if (isTerminal) process.stderr.write("\n");
    },
  };
}
