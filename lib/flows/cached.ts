import type { Clock, Epoch } from "../core/time.ts";

/**
 * Remembers what a slow question answered, per container.
 *
 * A failure is not remembered, and callers that ask at once share one answer.
 *
 * @param seconds How old an answer may be.
 */
export function cached<K, T>(
  clock: Clock,
  seconds: number,
  load: (key: K) => Promise<T>,
): (key: K) => Promise<T> {
  const held = new Map<K, { readonly at: Epoch; readonly value: Promise<T> }>();
  return (key) => {
    const now = clock.now();
    const found = held.get(key);
    if (found !== undefined && now - found.at < seconds) return found.value;
    const value = load(key);
    const entry = { at: now, value };
    held.set(key, entry);
    value.catch(() => held.get(key) === entry && held.delete(key));
    return value;
  };
}
