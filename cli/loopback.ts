import { spawn } from "node:child_process";
import { createServer, type ServerResponse } from "node:http";
import { fingerprint, newSecret, sameSecret } from "../lib/core/secret.ts";
import { EXIT, Stop } from "./command.ts";

/** A browser's way back to this program, and what proves that the answer is to our question. */
export interface Loopback extends AsyncDisposable {
  readonly port: number;
  readonly state: string;
  /** PKCE: the verifier is ours alone, its S256 challenge is shown. @see https://www.rfc-editor.org/rfc/rfc7636 */
  readonly verifier: string;
  readonly challenge: string;
  /** The code that came back. @throws {Stop} when the person said no, or nobody came within five minutes. */
  readonly code: Promise<string>;
}

const PATIENCE_MILLISECONDS = 300_000;

/**
 * Listens on 127.0.0.1 until one answer with our state arrives. Anything else is turned away and changes nothing.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
 */
export async function loopback(patienceMilliseconds = PATIENCE_MILLISECONDS): Promise<Loopback> {
  const state = newSecret();
  const verifier = newSecret();
  const { promise: code, resolve, reject } = Promise.withResolvers<string>();
  code.catch(() => {}); // whoever awaits hears of it; nobody awaiting yet is no reason to die
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const ours = request.method === "GET" && url.pathname === "/callback";
    if (!ours || !sameSecret(url.searchParams.get("state") ?? "", state))
      return reply(response, 404, "Not found.");
    const given = url.searchParams.get("code");
    if (given === null) {
      reply(response, 200, "Nothing was handed out. You may close this window.");
      return reject(new Stop(EXIT.refused, "It was refused in the browser."));
    }
    reply(response, 200, "Done. You may close this window and go back to the terminal.");
    return resolve(given);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const timer = setTimeout(
    () => reject(new Stop(EXIT.refused, "Nobody signed in within five minutes.")),
    patienceMilliseconds,
  );
  const close = async () => {
    clearTimeout(timer);
    await new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeIdleConnections();
    });
  };
  return { port, state, verifier, challenge: fingerprint(verifier), code, [Symbol.asyncDispose]: close };
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  response.end(text);
}

/** Opens the person's browser; where that does not work they open the printed address themselves. */
export function openBrowser(address: string): void {
  const [command, ...args] = opener();
  const child = spawn(command, [...args, address], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}

const opener = (): [string, ...string[]] => {
  if (process.platform === "darwin") return ["open"];
  // Not `cmd /c start`: cmd would take the `&` of the address for an end of the command.
  return process.platform === "win32" ? ["rundll32", "url.dll,FileProtocolHandler"] : ["xdg-open"];
};
