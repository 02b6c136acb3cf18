import type { Clock } from "../../../lib/core/time.ts";
import type { State } from "./state.ts";

/** One request as it came, body read whole. */
export interface AwsRequest {
  readonly id: string;
  readonly method: string;
  /** Path as sent, still percent-encoded. */
  readonly path: string;
  /** Query string as sent, without `?`. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly remoteAddress: string;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

/** Runs a function of the broker by its name. An error named `ResourceNotFoundException` means there is none. */
export type Invoke = (functionName: string, payload: unknown) => Promise<unknown>;

/** What every service stands on. */
export interface World {
  readonly state: State;
  readonly clock: Clock;
  /** Origin this look-alike is served at. */
  readonly url: string;
  readonly invoke: Invoke | undefined;
}

/** Reads `%41+b` as forms write it; undefined for text that is not form-encoded UTF-8. */
export function decodeForm(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** Epoch seconds as AWS writes them in XML: `2026-11-22T09:41:00Z`. */
export const isoTime = (at: number): string => `${new Date(at * 1000).toISOString().slice(0, 19)}Z`;
