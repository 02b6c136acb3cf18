import type { Identity } from "./identity.ts";
import { AWS_REFUSALS } from "./refusals/aws.ts";
import { BROKER_REFUSALS } from "./refusals/broker.ts";
import { OIDC_REFUSALS } from "./refusals/oidc.ts";
import { RULES_REFUSALS } from "./refusals/rules.ts";
import { SAML_REFUSALS } from "./refusals/saml.ts";

/** What a page offers as its primary button after a refusal. */
export type NextStep = "sign_in" | "sign_in_mfa" | "retry" | "home" | "ask_admin" | "fix_request";

/** Status, the sentence a stranger may read in English and Japanese, and the next step. */
export type RefusalRow = readonly [status: number, en: string, ja: string, next: NextStep];

/** Every way the broker refuses. The code decides the status and the sentence a stranger may read. */
export const REFUSALS = {
  ...BROKER_REFUSALS,
  ...SAML_REFUSALS,
  ...OIDC_REFUSALS,
  ...RULES_REFUSALS,
  ...AWS_REFUSALS,
} as const satisfies Record<string, RefusalRow>;

export type RefusalCode = keyof typeof REFUSALS;

/** Facts a refusal page may show to the person it concerns. Never a secret, never somebody else's data. */
export interface About {
  readonly connection?: string;
  readonly accountId?: string;
  readonly role?: string;
  readonly rule?: string;
  readonly scope?: string;
  /** Conditions of `rule` that did not hold, in short form. */
  readonly wants?: readonly string[];
  /** One plain sentence for a platform engineer: what to change and where. */
  readonly hint?: string;
  /** The broker path the person was on the way to, so that their place is kept. */
  readonly to?: string;
}

/**
 * An expected no.
 *
 * `message` and `about` are public; `detail` and `cause` go to the log and the audit trail only, and even
 * there they hold names of things and never tokens, assertions, claim values or e-mail addresses.
 */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly about: About;
  /** Who was refused, where that is known: shown to that person alone, never logged. */
  person?: { readonly identity: Identity; readonly since: number };

  constructor(
    code: RefusalCode,
    detail: Record<string, unknown> = {},
    more: { cause?: unknown; about?: About } = {},
  ) {
    super(REFUSALS[code][1], more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "Refusal";
    this.code = code;
    this.detail = detail;
    this.about = more.about ?? {};
  }

  get status(): number {
    return REFUSALS[this.code][0];
  }

  get next(): NextStep {
    return REFUSALS[this.code][3];
  }
}

/** Whether this is one of our refusals, optionally of one code. */
export const isRefusal = (thrown: unknown, code?: RefusalCode): thrown is Refusal =>
  thrown instanceof Refusal && (code === undefined || thrown.code === code);

/**
 * Anything thrown, as a refusal. AWS being away or throttling is told apart from faults of ours: the first passes by
 * itself.
 */
export function asRefusal(thrown: unknown): Refusal {
  if (isRefusal(thrown)) return thrown;
  const away = thrown instanceof Error && AWAY.has(thrown.name);
  return new Refusal(away ? "broker_unavailable" : "broker_fault", {}, { cause: thrown });
}

/**
 * Anything thrown, as the refusal of one person. A copy: what a container remembers may fail for several people at
 * once with one refusal, and nobody is told of another.
 */
export function refusalOf(thrown: unknown, person: NonNullable<Refusal["person"]>): Refusal {
  const { code, detail, cause, about } = asRefusal(thrown);
  const refusal = new Refusal(code, detail, { cause, about });
  refusal.person = person;
  return refusal;
}

const AWAY = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
  "InternalServerError",
  "ServiceUnavailable",
  "TimeoutError",
  "KMSInternalException",
  "DependencyTimeoutException",
  "AggregateError",
]);
