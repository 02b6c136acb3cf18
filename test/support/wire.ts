import { OutgoingMessage } from "node:http";

/** What went over the wire of every node:http server and client of this process, as text. */
export interface Wire {
  text(): string;
  stop(): void;
}

type Method = (this: OutgoingMessage, ...given: unknown[]) => unknown;

/** Listens in on this process's own HTTP traffic, both ways: requests it sends, answers it gives. */
export function tapWire(): Wire {
  const heard: string[] = [];
  const prototype = OutgoingMessage.prototype as unknown as Record<"write" | "end", Method>;
  const { write, end } = prototype;
  const hear = (chunk: unknown): void => {
    if (typeof chunk === "string") heard.push(chunk);
    else if (chunk instanceof Uint8Array) heard.push(Buffer.from(chunk).toString("latin1"));
  };
  prototype.write = function (...given) {
    hear(given[0]);
    return write.apply(this, given);
  };
  prototype.end = function (...given) {
    hear(given[0]);
    return end.apply(this, given);
  };
  return {
    text: () => heard.join("\n"),
    stop: () => {
      Object.assign(prototype, { write, end });
    },
  };
}

/** Listens in on everything this process prints by `console`, and on every line of our log. */
export function tapConsole(): { readonly lines: readonly string[]; stop(): void } {
  const lines: string[] = [];
  const { log, info, warn, error, debug } = console;
  const hear = (...given: unknown[]): void => {
    lines.push(given.map((one) => (one instanceof Error ? `${one.stack}` : String(one))).join(" "));
  };
  Object.assign(console, { log: hear, info: hear, warn: hear, error: hear, debug: hear });
  const printed = tapLog(lines);
  return {
    lines,
    stop: () => {
      Object.assign(console, { log, info, warn, error, debug });
      printed.stop();
    },
  };
}

/** Takes the lines of our log out of what this process prints; whatever else is printed, is. */
export function tapLog(lines: string[] = []): { readonly lines: readonly string[]; stop(): void } {
  const { stdout } = process;
  const { write } = stdout;
  const hear = (chunk: unknown, ...rest: unknown[]): boolean => {
    if (typeof chunk !== "string" || !chunk.startsWith('{"level":'))
      return Reflect.apply(write, stdout, [chunk, ...rest]);
    lines.push(chunk.trimEnd());
    return true;
  };
  Object.assign(stdout, { write: hear });
  return { lines, stop: () => Object.assign(stdout, { write }) };
}
