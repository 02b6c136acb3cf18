import type { IncomingMessage } from "node:http";
import { deadline } from "../core/deadline.ts";

/** One POST to AWS outside the SDK, or one PUT where it says so. */
export interface Post {
  readonly method?: "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** The whole exchange, in milliseconds. */
  readonly timeoutMilliseconds: number;
  /** Longest body read, in bytes. */
  readonly maxBytes: number;
}

export interface Posted {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/**
 * Sends one request and reads the whole answer. Redirects are not followed.
 *
 * The module is taken when it is needed: importing node:http as an ES module costs 38 ms of a cold start.
 *
 * @throws {Error} when there is no answer in time, or it is longer than asked for.
 */
export async function post({
  method = "POST",
  url,
  headers,
  body,
  timeoutMilliseconds,
  maxBytes,
}: Post): Promise<Posted> {
  const { request } =
    url.protocol === "http:" ? process.getBuiltinModule("node:http") : process.getBuiltinModule("node:https");
  const { promise, resolve, reject } = Promise.withResolvers<Posted>();
  const late = AbortSignal.timeout(timeoutMilliseconds);
  const ends = deadline();
  ends?.check();
  const signal = ends === undefined ? late : AbortSignal.any([late, ends.signal]);
  const sent = request(url, { method, headers, signal }, (answer) => {
    readBody(answer, maxBytes).then(
      (text) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
      reject,
    );
  });
  // A function may work for 15 minutes, and what stands between forgets a silent connection sooner.
  sent.setSocketKeepAlive(true, 60_000);
  sent.on("error", reject);
  sent.end(body);
  const answer = await promise;
  ends?.check();
  return answer;
}

async function readBody(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
