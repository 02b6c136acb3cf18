import { EXIT, plain, required, Stop } from "./command.ts";

export interface ApiOptions {
  readonly broker?: string;
}

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What the broker answered: its status and its JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const TIMEOUT_MILLISECONDS = 60_000;

/**
 * The broker's origin. A token is a secret, so it travels by https, or not beyond this machine.
 *
 * @throws {Stop} when there is none or it is no such address.
 */
export function originOf({ broker }: ApiOptions): string {
  const text = required(broker, "The broker's address (--broker or SEKISHO_URL)");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(url?.hostname ?? "");
  if (url === undefined || !(url.protocol === "https:" || (url.protocol === "http:" && here)))
    throw new Stop(EXIT.usage, "The broker's address is https://..., or http://localhost on this machine.");
  return url.origin;
}

function tokenOf(environment: NodeJS.ProcessEnv): string {
  const token = environment.SEKISHO_TOKEN;
  if (token === undefined || token.trim() === "")
    throw new Stop(EXIT.usage, 'SEKISHO_TOKEN is not set. Run: eval "$(sekisho login)"');
  return token.trim();
}

/** Calls the admin API with `SEKISHO_TOKEN`. @throws {Stop} when the broker cannot be reached or does not speak JSON. */
export const callAdmin = (
  options: ApiOptions,
  method: Method,
  path: string,
  body?: unknown,
): Promise<ApiAnswer> =>
  call(originOf(options), method, path, body, { authorization: `Bearer ${tokenOf(process.env)}` });

export async function call(
  origin: string,
  method: Method,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  const response = await fetch(new URL(path, origin), {
    method,
    redirect: "error", // the token goes to the broker and nowhere a broker might point
    headers: { accept: "application/json", "content-type": "application/json", ...headers },
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new Stop(EXIT.refused, `${origin} cannot be reached (${reasonOf(cause)}).`, { cause });
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    if (BARE[response.status] !== undefined) return { status: response.status, body: {} };
    throw new Stop(
      EXIT.refused,
      `${origin} answered ${response.status} without JSON; is it a Sekisho broker?`,
    );
  }
  return { status: response.status, body: { ...answer } };
}

/** What API Gateway answers by itself, when the broker's own answer never came. */
const BARE: Readonly<Record<number, string>> = {
  413: "API Gateway did not take the request (413): it is larger than 10 MB. Send fewer objects at once, or add --function with the name of the admin function.",
  500: "API Gateway answered 500, and the broker nothing: its function ended without a word. What was asked may have been done: look before you ask again. Its log says why.",
  502: "API Gateway answered 502: the broker's function ended before it answered, mostly for want of memory or time. What was asked may have been done: look before you ask again. Its log says why.",
  503: "API Gateway answered 503: the broker's function did not answer in 30 seconds, or cannot be reached just now. What was asked may have been done: look, then ask again; what is large takes --function.",
  504: "API Gateway answered 504: the broker's function did not answer in 30 seconds. What was asked may have been done: look, then ask again; what is large takes --function.",
};

/** Why a call did not come through, in one word of Node's where there is one. */
export function reasonOf(thrown: unknown): string {
  const inner = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const code = inner instanceof Error && "code" in inner ? inner.code : undefined;
  return typeof code === "string" ? code : inner instanceof Error ? inner.message : "no answer";
}

/** The body of an answer that is a yes. @throws {Stop} with the broker's own sentence otherwise. */
export function accepted({ status, body }: ApiAnswer): ApiAnswer["body"] {
  if (status >= 200 && status < 300) return body;
  throw new Stop(EXIT.refused, refusalOf(body, status));
}

/** What the broker said, with its hint and the reference its operators can look up. */
export function refusalOf(body: ApiAnswer["body"], status: number): string {
  const about = typeof body.about === "object" && body.about !== null ? body.about : {};
  const hint = "hint" in about && typeof about.hint === "string" ? ` ${about.hint}` : "";
  // What has no code is the gateway's own word, not the broker's.
  const bare = typeof body.code === "string" ? undefined : BARE[status];
  const message =
    bare ?? (typeof body.message === "string" ? body.message : `The broker answered ${status}.`);
  const marks = [body.code, body.reference].filter((one) => typeof one === "string").join(", ");
  return plain(`${message}${hint}${marks === "" ? "" : ` (${marks})`}`);
}
