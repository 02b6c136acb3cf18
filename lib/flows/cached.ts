import type { Clock, Epoch } from "../core/time.ts";

/** Most answers remembered: names in addresses are strangers'. The oldest goes first. */
const MOST = 500;

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
    // Of what a clock that was set back says is yet to come, nobody knows how old it is.
    if (found !== undefined && found.at <= now && now - found.at < seconds) return found.value;
    const value = load(key);
    const entry = { at: now, value };
    held.delete(key);
    held.set(key, entry);
    const [oldest] = held.keys();
    if (held.size > MOST && oldest !== undefined) held.delete(oldest);
    value.catch(() => held.get(key) === entry && held.delete(key));
    return value;
  };
}
