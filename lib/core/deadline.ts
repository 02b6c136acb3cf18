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
}

const current = new AsyncLocalStorage<Deadline>();

/** The deadline of the request that is worked on, or undefined outside of one. */
export const deadline = (): Deadline | undefined => current.getStore();

/**
 * Works on one request: when its time is over, every call to AWS under way ends and none begins, so that nothing is done
 * behind the back of an answer that says it was not.
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
  try {
    return await current.run({ left, leftToTry, signal: controller.signal }, work);
  } finally {
    clearTimeout(timer);
  }
}

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
  requestHandler.handle = (request, options) => {
    const signal = deadline()?.signal;
    return handle(request, signal === undefined ? options : { ...options, abortSignal: signal });
  };
  return client;
}
