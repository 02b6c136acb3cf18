import { AsyncLocalStorage } from "node:async_hooks";
import { startBudget } from "./time.ts";

/** The end of the work on one request. */
export interface Deadline {
  /** Milliseconds left, never negative. */
  left(): number;
  /** Milliseconds in which another try may still begin. */
  leftToTry(): number;
  /** Aborts at the end. */
  readonly signal: AbortSignal;
  /** For before and after each wait. @throws {Error} where the end is past, as what was learned by then may be too. */
  check(): void;
}

const current = new AsyncLocalStorage<Deadline>();

/** The deadline of the request that is worked on, or undefined outside of one. */
export const deadline = (): Deadline | undefined => current.getStore();

/**
 * Works on one request: when its time is over, every call to AWS under way ends and none begins, so that nothing is done
 * behind the back of an answer that says it was not. Nor is anything answered that was worked out by then: whoever was
 * frozen in the middle would hand out by what was so before.
 *
 * @param limits A number of seconds, or besides until when another try may begin.
 */
export async function within<T>(
  limits: number | { readonly seconds: number; readonly tryUntilMilliseconds: number },
  work: () => Promise<T>,
): Promise<T> {
  const seconds = typeof limits === "number" ? limits : limits.seconds;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), seconds * 1000);
  const left = startBudget(seconds * 1000);
  const leftToTry = typeof limits === "number" ? left : startBudget(limits.tryUntilMilliseconds);
  const check = () => {
    if (left() > 0) return;
    controller.abort();
    throw over("AbortError");
  };
  try {
    const done = await current.run({ left, leftToTry, signal: controller.signal, check }, work);
    if (left() <= 0) throw over("TimeoutError");
    return done;
  } finally {
    clearTimeout(timer);
  }
}

/** Under the SDK's own names: of one call that ended with its request, and of the request. */
const over = (name: "AbortError" | "TimeoutError"): Error =>
  Object.assign(new Error("The time of this request is over."), { name });

/** What the SDK sends requests with, as far as it is looked at here. */
interface RequestHandler {
  handle(request: unknown, options?: object): Promise<unknown>;
}

/** Makes an SDK client end its exchange with the request that asked for it. */
export function endWithRequest<
  Client extends { readonly config: { readonly requestHandler: RequestHandler } },
>(client: Client): Client {
  const { requestHandler } = client.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const ends = deadline();
    if (ends === undefined) return handle(request, options);
    ends.check();
    const answer = await handle(request, { ...options, abortSignal: ends.signal });
    ends.check();
    return answer;
  };
  return client;
}
