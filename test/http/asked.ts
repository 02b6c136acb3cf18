import { request } from "node:http";
import type { Stack } from "./stack.ts";

/** One answer as it came over the wire. */
export interface Heard {
  /** The route it was meant for, or what was asked in its place. */
  readonly what: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Asks the broker what no browser would: any Host, any path, byte for byte. Follows nothing. */
export function askRaw(
  stack: Stack,
  what: string,
  { method = "GET", path, headers, body }: Ask,
): Promise<Heard> {
  const { promise, resolve, reject } = Promise.withResolvers<Heard>();
  const { port } = new URL(stack.url);
  const sent = request(
    { host: "127.0.0.1", port, method, path, headers: { host: `localhost:${port}`, ...headers } },
    (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const heard = new Headers();
        for (let place = 0; place + 1 < answer.rawHeaders.length; place += 2)
          heard.append(answer.rawHeaders[place] ?? "", answer.rawHeaders[place + 1] ?? "");
        const text = Buffer.concat(parts).toString("utf8");
        resolve({ what, status: answer.statusCode ?? 0, headers: heard, text });
      });
    },
  );
  sent.on("error", reject);
  sent.end(body);
  return promise;
}

/** Whether API Gateway answered by itself, before any function of ours: nothing there is ours to say. */
export const isGateways = ({ text, headers }: Heard): boolean =>
  headers.get("strict-transport-security") === null && /^\{"message":"[A-Za-z ]+"\}$/.test(text);
