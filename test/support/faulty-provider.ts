import { type IncomingMessage, Server, type ServerResponse } from "node:http";

/** What a provider does in the place of its answer; `pass` lets it answer after all. */
export type Conduct = (asking: IncomingMessage, answering: ServerResponse, pass: () => void) => void;

/** Something that is broken, until it is mended. */
export interface Broken {
  /** How often the broker met it. */
  met(): number;
  mend(): void;
}

export interface FaultyProviders {
  /**
   * Breaks what the broker asks at some addresses. Browsers are served as ever.
   *
   * @param where Fits `127.0.0.1:8711/path?query`.
   * @param which The first of these requests that meets it; those before pass.
   */
  break(where: RegExp, conduct: Conduct, which?: number): Broken;
  /** Everything the broker asked, as `where` sees it. */
  readonly asked: readonly string[];
  stop(): void;
}

type Emit = (this: Server, event: string, ...given: unknown[]) => boolean;

interface Rule {
  readonly where: RegExp;
  readonly conduct: Conduct;
  readonly which: number;
  seen: number;
}

/** How the broker's calls name themselves; browsers of tests say something else. */
const BROKER = /^(?:sekisho$|openid-client\/)/;

/**
 * Stands between this process's HTTP servers and what the broker asks of them.
 *
 * @param who Names itself so; the broker towards its providers, where absent.
 */
export function interposeProviders(who = BROKER): FaultyProviders {
  const prototype = Server.prototype as unknown as { emit: Emit };
  const { emit } = prototype;
  const rules = new Set<Rule>();
  const asked: string[] = [];
  prototype.emit = function (event, ...given) {
    const [asking, answering] = given as [IncomingMessage, ServerResponse];
    const passing = () => emit.call(this, event, ...given);
    if (event !== "request" || !who.test(asking.headers["user-agent"] ?? "")) return passing();
    const address = `${asking.headers.host}${asking.url}`;
    asked.push(address);
    const rule = [...rules].find(({ where }) => where.test(address));
    if (rule === undefined || ++rule.seen < rule.which) return passing();
    rule.conduct(asking, answering, passing);
    return true;
  };
  return {
    asked,
    break: (where, conduct, which = 1) => {
      const rule: Rule = { where, conduct, which, seen: 0 };
      rules.add(rule);
      return { met: () => Math.max(0, rule.seen - which + 1), mend: () => rules.delete(rule) };
    },
    stop: () => {
      prototype.emit = emit;
    },
  };
}

type Headers = Readonly<Record<string, string>>;

/** Says something else. */
export const saying =
  (status: number, body: string, headers: Headers = { "content-type": "application/json" }): Conduct =>
  (_asking, answering) => {
    answering.writeHead(status, headers);
    answering.end(body);
  };

/** Says some JSON of its own. */
export const sayingJson = (value: unknown): Conduct => saying(200, JSON.stringify(value));

/** Lets the provider answer and changes what it says. */
export const changing =
  (change: (body: string) => string | Promise<string>, headers: Headers = {}): Conduct =>
  (_asking, answering, pass) => {
    const { writeHead, end } = answering;
    const parts: Buffer[] = [];
    const hear = (part: unknown) => {
      if (typeof part === "string" || part instanceof Uint8Array) parts.push(Buffer.from(part as string));
      return true;
    };
    let head: [status: number, headers: Headers] = [200, {}];
    const say = async () => {
      const body = await change(Buffer.concat(parts).toString("utf8"));
      answering.removeHeader("content-length");
      const { "content-length": _, ...kept } = head[1];
      const status = answering.statusCode === 200 ? head[0] : answering.statusCode;
      writeHead.call(answering, status, { ...kept, ...headers });
      Object.assign(answering, { end });
      answering.end(body, "utf8");
    };
    Object.assign(answering, {
      write: hear,
      writeHead: (status: number, more: Headers = {}) => {
        head = [status, more];
        return answering;
      },
      end: (part: unknown) => {
        hear(part);
        void say();
        return answering;
      },
    });
    pass();
  };

/** Lets the provider answer and changes the JSON it says. */
export const changingJson = (change: (value: Record<string, unknown>) => unknown): Conduct =>
  changing((body) => JSON.stringify(change(JSON.parse(body))));

/** Bytes after bytes for as long as anybody listens. */
const endless =
  (piece: string, pauseMilliseconds: number): Conduct =>
  (_asking, answering) => {
    answering.writeHead(200, { "content-type": "application/json" });
    const more = setInterval(() => answering.write(piece), pauseMilliseconds);
    answering.on("close", () => clearInterval(more));
  };

/** An alert as TLS writes one, where HTTP was expected. */
const TLS_ALERT = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);

/** The fault itself is the time: nothing of a test waits for it to pass. */
const LATE_MILLISECONDS = 250;

/** The ways in which anything that is asked may fail to answer. */
export const CONDUCTS = {
  "hangs up": (_asking, answering) => void answering.socket?.destroy(),
  "resets the connection": (_asking, answering) => void answering.socket?.resetAndDestroy(),
  "speaks TLS where HTTP was spoken": (_asking, answering) => void answering.socket?.end(TLS_ALERT),
  "never answers": () => {},
  "answers late, and in time": (_asking, _answering, pass) => void setTimeout(pass, LATE_MILLISECONDS),
  "is throttling": saying(429, '{"errorCode":"E0000047"}', {
    "content-type": "application/json",
    "retry-after": "120",
  }),
  "fails with 500": saying(500, '{"error":"server_error"}'),
  "is closed with 503": saying(503, "<h1>Maintenance</h1>", { "content-type": "text/html" }),
  "sends elsewhere": saying(302, "", { location: "https://elsewhere.example/" }),
  "answers HTML": saying(200, "<!doctype html><title>Sign in to the Wi-Fi</title>", {
    "content-type": "text/html",
  }),
  "answers half": (_asking, answering) => {
    answering.writeHead(200, { "content-type": "application/json", "content-length": "4000" });
    answering.write('{"issuer":"http://127.0', () => answering.destroy());
  },
  "answers without end": endless(" ".repeat(500_000), 1),
  drips: endless(" ", 20),
  "answers compressed": saying(200, "x", { "content-type": "application/json", "content-encoding": "gzip" }),
  "answers the wrong type": changing((body) => body, { "content-type": "text/plain" }),
  "answers an empty object": sayingJson({}),
  "answers a list": sayingJson([]),
  "answers null": sayingJson(null),
  "answers nothing": saying(200, ""),
} as const satisfies Record<string, Conduct>;

export type ConductName = keyof typeof CONDUCTS;
