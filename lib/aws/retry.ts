import { setTimeout as wait } from "node:timers/promises";
import { isRefusal } from "../core/errors.ts";
import { randomFraction } from "../core/secret.ts";

/** Longest first pause, in milliseconds; each further one is twice as long. */
const PAUSE_MILLISECONDS = 100;

/**
 * Tries again what failed because AWS was busy or away: twice at most, after random pauses so that many callers do not
 * come back at once.
 *
 * @param attempt Must be whole in itself: nothing of a failed attempt is used again.
 */
export async function retrying<T>(attempt: () => Promise<T>, attempts = 3): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (thrown) {
      const passing = isRefusal(thrown, "aws_throttled") || isRefusal(thrown, "aws_unreachable");
      if (!passing || tried >= attempts) throw thrown;
      await wait(randomFraction() * PAUSE_MILLISECONDS * 2 ** (tried - 1));
    }
  }
}
