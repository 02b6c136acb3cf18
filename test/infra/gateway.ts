import { connect } from "node:net";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { type GatewayOptions, type Running, startGateway } from "../../infra/local/gateway.ts";
import { makeRoute } from "../../infra/local/routes.ts";

export type Event = APIGatewayProxyEventV2;

/** A gateway whose one function sees everything and answers with what the test says. */
export async function gatewayFor(
  routes: readonly string[],
  handler: (event: Event) => unknown,
  more: Partial<GatewayOptions> = {},
): Promise<Running & { readonly events: Event[]; readonly failures: unknown[] }> {
  const events: Event[] = [];
  const failures: unknown[] = [];
  const running = await startGateway({
    port: 0,
    routes: routes.map((key) => makeRoute("one", key.split(" ")[0] ?? "", key.split(" ")[1] ?? key)),
    invoke: async (_, event) => {
      events.push(event as Event);
      return handler(event as Event);
    },
    report: (_, thrown) => failures.push(thrown),
    ...more,
  });
  return { ...running, events, failures };
}

/** Sends bytes exactly as given over a socket of its own and returns everything that comes back. */
export function raw(url: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const parts: Buffer[] = [];
    socket.on("data", (part) => parts.push(part));
    socket.on("close", () => resolve(Buffer.concat(parts).toString("latin1")));
    socket.on("error", (thrown: NodeJS.ErrnoException) => {
      // A server that refused may reset while a long body is still being written: what it said counts.
      if (thrown.code === "EPIPE" || thrown.code === "ECONNRESET") return;
      reject(thrown);
    });
    socket.write(bytes);
  });
}

/** A whole HTTP/1.1 request without a body, connection closed after. */
export const get = (target: string, ...headers: string[]): string =>
  `${[`GET ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers].join("\r\n")}\r\n\r\n`;

export const status = (answer: string): number => Number(answer.split(" ")[1]);
export const body = (answer: string): string => answer.slice(answer.indexOf("\r\n\r\n") + 4);
