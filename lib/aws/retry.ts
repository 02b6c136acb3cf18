import { isRefusal } from "../core/errors.ts";
import { persistently } from "../core/persistence.ts";

/**
 * Tries again what was refused because AWS was busy or away.
 *
 * @param attempt Must be whole in itself: nothing of a failed attempt is used again.
 */
export const retrying = <T>(attempt: () => Promise<T>): Promise<T> =>
  persistently(attempt, {
    passing: (thrown) => isRefusal(thrown, "aws_throttled") || isRefusal(thrown, "aws_unreachable"),
  });
