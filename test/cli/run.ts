import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Reply } from "../../functions/respond.ts";
import { matchRoute, readDeployment } from "../../infra/local/routes.ts";
import { eventOf } from "../support/event.ts";

const ROUTES = readDeployment(readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8")).routes;
const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Is told all that stands on stderr so far, whenever more comes. */
type OnError = (text: string, child: ChildProcess) => void;

/** Runs `sekisho` as a person would: its own process, no terminal. */
export const sekisho = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  onError: OnError = () => {},
): Promise<Ran> => runProgram(MAIN, args, environment, onError);

/** The same of any file that Node runs. */
export function runProgram(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  onError: OnError = () => {},
): Promise<Ran> {
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env.PATH ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
    onError(err, child);
  });
  return new Promise((ended) => child.on("close", (code) => ended({ code, out, err })));
}

/** A folder with these files, gone at the end. */
export function folder(files: Readonly<Record<string, string>>): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "sekisho-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** Serves a function's handler over HTTP, as API Gateway would route to it. */
export async function serve(
  handler: (event: unknown) => Promise<object>,
): Promise<{ url: string; seen: string[] } & AsyncDisposable> {
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    seen.push(`${request.method} ${path}`);
    const match = matchRoute(ROUTES, request.method ?? "GET", path);
    const event = eventOf({
      route: match?.route.key ?? `${request.method} ${path}`,
      parameters: match?.parameters ?? {},
      path,
      query,
      headers,
      ...(body === "" ? {} : { body }),
    });
    const reply = (await handler(event)) as Exclude<Reply, string>;
    response.writeHead(reply.statusCode ?? 500, { "content-type": "application/json" });
    response.end(reply.body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
