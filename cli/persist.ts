import { setTimeout as pause } from "node:timers/promises";
import { randomBelow } from "../lib/core/secret.ts";
import type { ApiAnswer } from "./api.ts";
import { Stop } from "./command.ts";

const TRIES = 6;
/** Longest first pause; each further one is twice as long. */
const PAUSE_MILLISECONDS = 500;

/** What passes by itself: too many at once, or a part of the broker that is not there just now. */
const passes = ({ status }: ApiAnswer): boolean => status === 429 || status >= 500;

/**
 * Asks the API again what may be asked twice without harm, after a pause of chance length that grows.
 *
 * @throws {Stop} when nobody answers after as many tries.
 */
export const persist = (ask: () => Promise<ApiAnswer>): Promise<ApiAnswer> =>
  again(ask, passes, (thrown) => thrown instanceof Stop && thrown.cause !== undefined);

/** As `persist`, of a function that is invoked directly: what it refused itself is not asked again. */
export const persistInvoking = (ask: () => Promise<unknown>): Promise<unknown> =>
  again(
    ask,
    () => false,
    (thrown) =>
      thrown instanceof Error &&
      !/^The function \S+ failed/.test(thrown.message) &&
      !/^Lambda answered 4(?!29)/.test(thrown.message),
  );

async function again<T>(
  ask: () => Promise<T>,
  passing: (answer: T) => boolean,
  passingFault: (thrown: unknown) => boolean,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await ask();
      if (attempt === TRIES || !passing(answer)) return answer;
    } catch (thrown) {
      if (attempt === TRIES || !passingFault(thrown)) throw thrown;
    }
    await pause(randomBelow(PAUSE_MILLISECONDS * 2 ** (attempt - 1)));
  }
}
