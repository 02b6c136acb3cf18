import type { Truth } from "../core/decision.ts";
import { isReservedClaim } from "../core/identity.ts";
import type { Condition } from "../core/rule.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import type { Epoch } from "../core/time.ts";
import { mapsClaim, type View } from "./claims.ts";
import { type Judge, prepare } from "./match.ts";
import type { Leaf } from "./sentence.ts";
import { turnsAt } from "./time-window.ts";

/** Why nobody can say whether a condition holds. */
export type WhyUnknown =
  /** The provider was asked, and did not answer whole. */
  | "lookup_failed"
  /** The connection says it by now, and did not when this person signed in. */
  | "mapped_later"
  /** The connection says nothing of it. */
  | "unmapped"
  /** The provider left it out. */
  | "not_told"
  | "no_address"
  /** The rule names what settings do not have, or a value cannot be read. */
  | "not_readable";

/** What would help. */
export type Remedy =
  | "claim"
  | "second_factor"
  | "sign_in_again"
  | "elsewhere"
  | "wait"
  /** Only whoever administers the rule or the connection. */
  | "administrator";

/** One thing that would have to be otherwise. */
export interface Missing {
  readonly remedy: Remedy;
  /** What asks for it; absent where the rule's own time does, or what goes into a session. */
  readonly condition?: Leaf;
  /** Whether the condition would have to fail instead of hold. */
  readonly negated?: true;
  readonly why?: WhyUnknown;
  /** When it will be otherwise by itself; of a rule that ended, when it did. */
  readonly at?: Epoch;
  readonly span?: "from" | "until";
  /** Name of the claim, where nothing but that may be told of the condition. */
  readonly claim?: string;
  /** What was to go into the session and has no one true value. */
  readonly session?: string;
}

const judges = new WeakMap<Condition, Judge>();

/** How a condition is judged. */
export function truthOf(condition: Condition, view: View): Truth {
  const judge = judges.get(condition) ?? prepare(condition).judge;
  judges.set(condition, judge);
  return judge(view);
}

/** The fewest things that would have to be otherwise for a condition to hold, or where `wanted` is false to fail. */
export function missingOf(condition: Condition, view: View, wanted = true): readonly Missing[] {
  if (truthOf(condition, view) === (wanted ? "true" : "false")) return [];
  if ("not" in condition) return missingOf(condition.not, view, !wanted);
  if ("all" in condition) return severalOf(condition.all, view, wanted, wanted ? "each" : "one");
  if ("any" in condition) return severalOf(condition.any, view, wanted, wanted ? "one" : "each");
  return [leafMissing(condition, view, wanted)];
}

function severalOf(
  conditions: readonly Condition[],
  view: View,
  wanted: boolean,
  needs: "each" | "one",
): readonly Missing[] {
  const each = conditions.map((one) => missingOf(one, view, wanted));
  return needs === "each" ? each.flat() : cheapest(each);
}

/** Of several ways the one with the fewest things, of those the one that takes the fewest people. */
export const cheapest = (ways: readonly (readonly Missing[])[]): readonly Missing[] =>
  ways.toSorted((a, b) => costOf(a) - costOf(b))[0] ?? [];

/** What has ended does not come back by itself, however little else is missing. */
const GONE = 10_000;
const EASE: Readonly<Record<Remedy, number>> = {
  second_factor: 100,
  sign_in_again: 101,
  elsewhere: 102,
  wait: 103,
  claim: 104,
  administrator: 150,
};
export const costOf = (missing: readonly Missing[]): number =>
  missing.reduce(
    (sum, one) => sum + (one.span === "until" && one.remedy !== "wait" ? GONE : EASE[one.remedy]),
    0,
  );

function leafMissing(condition: Leaf, view: View, wanted: boolean): Missing {
  const unknown = truthOf(condition, view) === "unknown";
  const why = unknown ? whyUnknown(condition, view) : undefined;
  const at =
    "timeWindow" in condition
      ? turnsAt(condition.timeWindow, view.now, wanted ? "true" : "false")
      : undefined;
  return {
    remedy: remedyOf(condition, wanted, why, at),
    condition,
    ...(wanted ? {} : { negated: true }),
    ...(why === undefined ? {} : { why }),
    ...(at === undefined ? {} : { at }),
  };
}

function remedyOf(
  condition: Leaf,
  wanted: boolean,
  why: WhyUnknown | undefined,
  at: Epoch | undefined,
): Remedy {
  const cured = why === undefined ? undefined : CURES[why];
  if (cured !== undefined) return cured;
  if ("claim" in condition) return REMEDIES[condition.claim] ?? "claim";
  return "timeWindow" in condition && at === undefined
    ? "administrator"
    : remedyOfCircumstance(condition, wanted);
}

function remedyOfCircumstance(condition: Exclude<Leaf, { claim: string }>, wanted: boolean): Remedy {
  if ("cidr" in condition || "network" in condition) return "elsewhere";
  if ("timeWindow" in condition) return "wait";
  if ("mfa" in condition && condition.mfa === wanted) return "second_factor";
  return "authAgeSeconds" in condition && !wanted ? "wait" : "sign_in_again";
}

/** Where it is not known, that helps first. */
const CURES: Readonly<Partial<Record<WhyUnknown, Remedy>>> = {
  unmapped: "administrator",
  not_readable: "administrator",
  lookup_failed: "sign_in_again",
  mapped_later: "sign_in_again",
};

const REMEDIES: Readonly<Partial<Record<string, Remedy>>> = Object.assign(Object.create(null), {
  amr: "sign_in_again",
  acr: "sign_in_again",
  mfa: "sign_in_again",
  authenticatedAt: "sign_in_again",
  sourceIp: "elsewhere",
});

/** Why a condition is neither true nor false. */
function whyUnknown(condition: Leaf, view: View): WhyUnknown {
  const { identity, connection, address, networks } = view;
  if ("claim" in condition) return claimUnknown(condition.claim, identity, connection);
  if ("acr" in condition) return isTold(identity) ? "not_readable" : "not_told";
  if ("mfa" in condition || "authAgeSeconds" in condition) return "not_told";
  const named = !("network" in condition) || Object.hasOwn(networks, condition.network);
  return !("timeWindow" in condition) && named && address === undefined ? "no_address" : "not_readable";
}

const isTold = ({ acr, unknown }: View["identity"]): boolean => acr !== undefined && !unknown.includes("acr");

/** Why the values of a claim are not known. */
export function claimUnknown(
  claim: string,
  { unknown, mapped, claims }: View["identity"],
  connection: View["connection"],
): WhyUnknown {
  if (unknown.includes(claim)) return "lookup_failed";
  if (claim === "sourceIp") return "no_address";
  if (isReservedClaim(claim)) return "not_told";
  const maps = mapsClaim(connection, claim);
  if (mapped !== undefined && !mapped.includes(claim)) return maps ? "mapped_later" : "unmapped";
  return maps || Object.hasOwn(claims, claim) ? "not_readable" : "unmapped";
}

/** What the time of a rule leaves to be wished for. */
export function spanMissing({ from, until }: CompiledRule, now: Epoch): readonly Missing[] {
  if (from !== undefined && now < from) return [{ remedy: "wait", span: "from", at: from }];
  if (until !== undefined && now >= until) return [{ remedy: "administrator", span: "until", at: until }];
  return [];
}
