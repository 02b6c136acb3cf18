import { Agent, type IncomingHttpHeaders, request } from "node:http";

/** One answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** From sending to the last byte. */
  readonly milliseconds: number;
}

export interface Asked {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

export interface Client {
  ask(url: string, asked?: Asked): Promise<Answer>;
  close(): void;
}

/** How long one answer may take: beyond this API Gateway gives up. */
const PATIENCE_MILLISECONDS = 30_000;

/**
 * A lean HTTP client with connections kept open, so that the generator costs little beside what it drives.
 *
 * @param standIns Origins that are served elsewhere: the address changes, `Host` does not.
 */
export function openClient(standIns: Readonly<Record<string, string>>): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const ask = (url: string, asked: Asked = {}, again = false): Promise<Answer> => {
    const { method = "GET", headers = {}, form } = asked;
    const wanted = new URL(url);
    const body = form === undefined ? undefined : new URLSearchParams(form).toString();
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const sent = request(new URL(`${wanted.pathname}${wanted.search}`, standIns[wanted.origin] ?? wanted), {
        agent: again ? false : agent,
        method,
        timeout: PATIENCE_MILLISECONDS,
        headers: {
          host: wanted.host,
          ...(body === undefined
            ? {}
            : {
                "content-type": "application/x-www-form-urlencoded",
                "content-length": Buffer.byteLength(body),
              }),
          ...headers,
        },
      });
      sent.on("timeout", () => sent.destroy(new Error(`no answer in time: ${wanted.pathname}`)));
      sent.on("error", (error: NodeJS.ErrnoException) => {
        // A server may close an idle connection in the moment it is used again; every browser then opens another.
        const closedIdle = error.code === "ECONNRESET" && sent.reusedSocket && !again;
        if (closedIdle) ask(url, asked, true).then(resolve, reject);
        else reject(error);
      });
      sent.on("response", (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(parts).toString("utf8"),
            milliseconds: performance.now() - started,
          }),
        );
      });
      sent.end(body);
    });
  };
  return { ask, close: () => agent.destroy() };
}
