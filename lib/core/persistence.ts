import { type Deadline, deadline } from "./deadline.ts";
import { PAUSE_MILLISECONDS, TRIES } from "./limits.ts";
import { pause } from "./pause.ts";
import { randomFraction } from "./secret.ts";

/** What tells one failure of an AWS call from another, where the SDK says so. */
interface AwsFailure {
  readonly name?: string;
  readonly code?: unknown;
  readonly $fault?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean };
}

const NO_ANSWER =
  /^(?:ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ERR_STREAM_PREMATURE_CLOSE)$/;
const BUSY =
  /^(?:Throttling|ThrottlingException|ThrottledException|ProvisionedThroughputExceededException|RequestLimitExceeded|TooManyRequests(?:Exception)?|SlowDown|TimeoutError|RequestTimeout(?:Exception)?|KMSInternalException|DependencyTimeoutException)$/;

/**
 * Whether a failed call to AWS says nothing of what was asked, only that nobody answered properly: away, busy, cut off,
 * or words that are no answer. What was asked may have been done all the same.
 */
export function isPassing(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || thrown.name === "AbortError") return false;
  const { name, code, $fault, $metadata } = thrown as AwsFailure;
  if (BUSY.test(name ?? "") || (typeof code === "string" && NO_ANSWER.test(code))) return true;
  if ($metadata === undefined) return false;
  const { httpStatusCode: status, clockSkewCorrected } = $metadata;
  if (clockSkewCorrected === true || (status !== undefined && (status === 429 || status >= 500))) return true;
  // An answer that the SDK could not make sense of carries a status and is nobody's fault.
  return status !== undefined && $fault === undefined;
}

/** How to try again. All but `passing` are for tests. */
export interface Persistence {
  readonly passing?: (thrown: unknown) => boolean;
  readonly tries?: number;
  readonly wait?: (milliseconds: number) => Promise<void>;
  /** At least 0, less than 1. */
  readonly fraction?: () => number;
  readonly until?: Pick<Deadline, "leftToTry"> | undefined;
}

/**
 * Tries again what failed because AWS was busy or away: twice at most, after random pauses so that many callers do not
 * come back at once, and only while the request has time for it.
 *
 * @param attempt Must be safe to do twice: the first may have been done although its answer was lost.
 */
export async function persistently<T>(attempt: () => Promise<T>, how: Persistence = {}): Promise<T> {
  const { passing = isPassing, tries = TRIES, wait = pause, fraction = randomFraction } = how;
  const until = "until" in how ? how.until : deadline();
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (thrown) {
      if (tried >= tries || !passing(thrown)) throw thrown;
      const milliseconds = Math.floor(fraction() * PAUSE_MILLISECONDS * 2 ** (tried - 1));
      if (until !== undefined && until.leftToTry() <= milliseconds) throw thrown;
      await wait(milliseconds);
    }
  }
}
