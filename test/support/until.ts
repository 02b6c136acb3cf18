import { setTimeout as pause } from "node:timers/promises";

/** Between two looks, and before giving up, in milliseconds. */
const PAUSE = 100;
const PATIENCE = 20_000;

/**
 * Looks again and again until what is seen is as wished.
 *
 * @param look Asks once.
 * @returns What was seen then.
 * @throws {Error} with the last that was seen, when it never comes.
 */
export async function until<T>(
  look: () => Promise<T>,
  wished: (seen: T) => boolean,
  what: string,
): Promise<T> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const seen = await look();
    if (wished(seen)) return seen;
    if (performance.now() > end) throw new Error(`${what} never came; last seen: ${JSON.stringify(seen)}`);
    await pause(PAUSE);
  }
}
