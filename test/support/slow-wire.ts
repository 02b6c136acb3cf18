import { Agent, createServer, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { listen } from "../../infra/local/gateway.ts";

/** One call across the wire; the times are of one clock and only good for telling what overlapped. */
export interface Call {
  /** `GetItem`, `Sign`, or the path of what is no AWS JSON call. */
  readonly what: string;
  readonly from: number;
  readonly to: number;
}

/**
 * A wire as slow as a network, which writes down every call: what would wait for each other over a network then does
 * so here, and what goes side by side overlaps.
 */
export async function startSlowWire(target: string, milliseconds: number) {
  const calls: Call[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (asked, answer) => {
    const from = performance.now();
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part as Buffer);
    await pause(milliseconds);
    const forwarded = request(
      new URL(asked.url ?? "/", target),
      { agent, method: asked.method, headers: asked.headers },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
        response.pipe(answer);
      },
    );
    forwarded.on("error", () => answer.destroy());
    answer.on("finish", () => calls.push({ what: nameOf(asked, parts), from, to: performance.now() }));
    forwarded.end(Buffer.concat(parts));
  });
  const running = await listen(server, 0, "127.0.0.1");
  return {
    url: running.url,
    /** What went across since it was last asked. */
    take: (): readonly Call[] => calls.splice(0),
    stop: async () => {
      await running.stop();
      agent.destroy();
    },
  };
}

function nameOf(
  asked: { headers: NodeJS.Dict<string | string[]>; url?: string | undefined },
  body: Buffer[],
): string {
  const target = String(asked.headers["x-amz-target"] ?? "");
  if (target !== "") return target.slice(target.lastIndexOf(".") + 1);
  const action = /(?:^|&)Action=(\w+)/.exec(Buffer.concat(body).toString("latin1"))?.[1];
  return action ?? (asked.url ?? "").replace(/\?.*/, "");
}

/** Calls that overlap go together; the rounds are the longest chain in which each waits for the one before. */
export function roundsOf(calls: readonly Call[]): readonly string[] {
  const rounds: { names: string[]; to: number }[] = [];
  for (const { what, from, to } of [...calls].sort((a, b) => a.from - b.from)) {
    const last = rounds.at(-1);
    if (last === undefined || from >= last.to) rounds.push({ names: [what], to });
    else {
      last.names.push(what);
      last.to = Math.min(last.to, to);
    }
  }
  return rounds.map(({ names }) => names.sort().join(" "));
}
