/**
 * How long one try at AWS may take, and that the SDK tries once: who tries again, and how often, is `persistently`'s to
 * say, which knows how much time the request has left. Without `throwOnRequestTimeout` the SDK only warns of a late answer.
 */
export const ONE_TRY = {
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 1000,
    requestTimeout: 3000,
    throwOnRequestTimeout: true,
    /** Silence in the middle of an answer. */
    socketTimeout: 3000,
  },
} as const;

/** Most tries at one call. */
export const TRIES = 3;
/** Longest first pause between tries, in milliseconds; each further one is twice as long. */
export const PAUSE_MILLISECONDS = 100;

/**
 * How long a request may be worked on, in seconds. Lambda ends a function without a word; two or three seconds before
 * that it answers by itself, and nothing it began goes on.
 */
export const REQUEST_SECONDS = 12;
/** And what a refusal is told with, names and all; without them where that takes longer. */
export const FAULT_SECONDS = 2;
/** For API Gateway `admin` has 29 s, one less than that waits. */
export const ADMIN_SECONDS = 26;
/** For whoever invokes it directly it has the 900 s that Lambda gives at most. */
export const DIRECT_SECONDS = 880;
/** Most objects of a configuration that come through API Gateway: what must be done within `ADMIN_SECONDS`. */
export const MOST_BY_API = 200_000;
/** What one part of a large configuration may take compressed, in bytes: it is one item of the table, which holds 400 KB. */
export const LARGEST_PART = 300_000;
/** Most parts that one author has lying there. */
export const MOST_PARTS = 512;
/** Most objects of one configuration, whichever way it comes. */
export const MOST_OBJECTS = 1_200_000;
/** `worker` has 120 s. */
export const WORKER_SECONDS = 110;
/**
 * The container-credentials wire: JavaScript's client gives up after 1 s and the others after 2 to 5, and all come again
 * by themselves. What is throttled is told them while they listen: no further try begins after `tryUntilMilliseconds`.
 */
export const PROGRAM_LIMITS = { seconds: 5, tryUntilMilliseconds: 500 } as const;
