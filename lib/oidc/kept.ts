import type { Clock, Epoch } from "../core/time.ts";

/** How long a document is used, how long it survives a provider that does not answer, how often it is asked for. */
export interface Keeping {
  readonly freshSeconds: number;
  readonly staleSeconds: number;
  readonly cooldownSeconds: number;
  /** Documents kept at once; the oldest goes first. */
  readonly most: number;
}

interface Entry<T> {
  readonly value: T;
  readonly fetchedAt: Epoch;
  readonly doubted: boolean;
}

/** Documents of providers, kept by this container. */
export interface Kept<T> {
  /**
   * The document under a key: kept while fresh, else fetched; a failed fetch leaves what was there until it is stale.
   *
   * @param fetch Gets it anew; is shown what is here.
   * @param wanted Whether the kept document will do; one that will not is fetched again, at most once per cooldown.
   * @throws what `fetch` throws, when nothing usable is here.
   */
  get(key: string, fetch: (here: T | undefined) => Promise<T>, wanted?: (value: T) => boolean): Promise<T>;
  /**
   * Says that what is kept led nowhere: it is fetched again when it is next wanted, at most once per cooldown.
   *
   * @returns What it is.
   */
  doubt(key: string): T | undefined;
}

/** Opens an empty shelf. Concurrent callers share one fetch. */
export function openKept<T>(keeping: Keeping, clock: Clock): Kept<T> {
  const entries = new Map<string, Entry<T>>();
  const attempts = new Map<string, Epoch>();
  const pending = new Map<string, Promise<T>>();

  const bound = (map: Map<string, unknown>) => {
    const [oldest] = map.keys();
    if (map.size > keeping.most && oldest !== undefined) map.delete(oldest);
  };
  const keep = (key: string, entry: Entry<T>) => {
    entries.delete(key);
    entries.set(key, entry);
    bound(entries);
  };
  const refetch = (key: string, fetch: (here: T | undefined) => Promise<T>): Promise<T> => {
    const running = pending.get(key);
    if (running) return running;
    attempts.delete(key);
    attempts.set(key, clock.now());
    bound(attempts);
    const started = fetch(entries.get(key)?.value)
      .then((value) => {
        keep(key, { value, fetchedAt: clock.now(), doubted: false });
        return value;
      })
      .finally(() => pending.delete(key));
    pending.set(key, started);
    return started;
  };
  const cooling = (key: string): boolean => {
    const since = clock.now() - (attempts.get(key) ?? Number.NEGATIVE_INFINITY);
    return since >= 0 && since < keeping.cooldownSeconds;
  };
  /** How long ago it was fetched; of what a clock that was set back says is yet to come, nobody knows: it is not fresh. */
  const ageOf = ({ fetchedAt }: Entry<T>): number => {
    const age = clock.now() - fetchedAt;
    return age < 0 ? keeping.freshSeconds : age;
  };

  return {
    async get(key, fetch, wanted = () => true) {
      const here = entries.get(key);
      const age = here === undefined ? Number.POSITIVE_INFINITY : ageOf(here);
      if (here === undefined || age >= keeping.staleSeconds) return refetch(key, fetch);
      const good = age < keeping.freshSeconds && !here.doubted && wanted(here.value);
      if (good || cooling(key)) return here.value;
      return refetch(key, fetch).catch(() => here.value);
    },
    doubt(key) {
      const here = entries.get(key);
      if (here !== undefined) entries.set(key, { ...here, doubted: true });
      return here?.value;
    },
  };
}
