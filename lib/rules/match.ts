import type { Judged, Truth } from "../core/decision.ts";
import type { Condition } from "../core/rule.ts";
import { isKnown, readerOf, type View } from "./claims.ts";
import { describe } from "./describe.ts";
import { fitterOf } from "./fitters.ts";
import { numberWithin } from "./number.ts";
import { addressWithin, levelJudge, networkJudge } from "./surroundings.ts";
import { withinWindow } from "./time-window.ts";

/** Judges one condition. Reads the view and nothing else. */
export type Judge = (view: View) => Truth;

/** A condition ready to be asked many times: its judge, and how each answer is told. */
export interface PreparedCondition {
  readonly judge: Judge;
  readonly told: Readonly<Record<Truth, Judged>>;
}

export function prepare(condition: Condition): PreparedCondition {
  const text = describe(condition);
  const tell = (truth: Truth): Judged => Object.freeze({ condition: text, truth });
  return {
    judge: judgeOf(condition),
    told: { true: tell("true"), false: tell("false"), unknown: tell("unknown") },
  };
}

/** Clocks differ: a sign-in this many seconds in the future is taken for a sign-in just now. */
const SKEW_SECONDS = 60;

/** Kleene's `and` (decision 3). */
export function and(one: Truth, other: Truth): Truth {
  if (one === "false" || other === "false") return "false";
  return one === "unknown" || other === "unknown" ? "unknown" : "true";
}

const allOf = (truths: readonly Truth[]): Truth => truths.reduce(and, "true");

export function anyOf(truths: readonly Truth[]): Truth {
  if (truths.includes("true")) return "true";
  return truths.includes("unknown") ? "unknown" : "false";
}

const notOf = (truth: Truth): Truth =>
  truth === "unknown" ? "unknown" : truth === "true" ? "false" : "true";

function judgeOf(condition: Condition): Judge {
  if ("claim" in condition) return claimJudge(condition);
  if ("all" in condition) {
    const judges = condition.all.map(judgeOf);
    return (view) => allOf(judges.map((judge) => judge(view)));
  }
  if ("any" in condition) {
    const judges = condition.any.map(judgeOf);
    return (view) => anyOf(judges.map((judge) => judge(view)));
  }
  if ("not" in condition) {
    const judge = judgeOf(condition.not);
    return (view) => notOf(judge(view));
  }
  return circumstanceJudge(condition);
}

type ClaimCondition = Extract<Condition, { claim: string }>;

function claimJudge(condition: ClaimCondition): Judge {
  const { claim } = condition;
  const read = readerOf(claim);
  if ("exists" in condition) {
    const whenThere: Truth = condition.exists ? "true" : "false";
    return (view) => {
      if (read(view).length > 0) return whenThere;
      return isKnown(view, claim) ? notOf(whenThere) : "unknown";
    };
  }
  if ("number" in condition)
    return (view) => numberWithin(read(view), condition.number, isKnown(view, claim) ? "false" : "unknown");
  const fits = fitterOf(condition);
  if (fits === undefined) return () => "unknown";
  // A value that is there counts even when others could not be looked up: more of them cannot take it away.
  return (view) => {
    if (fits(read(view))) return "true";
    return isKnown(view, claim) ? "false" : "unknown";
  };
}

type Circumstance = Exclude<
  Condition,
  ClaimCondition | { all: unknown } | { any: unknown } | { not: unknown }
>;

function circumstanceJudge(condition: Circumstance): Judge {
  if ("mfa" in condition) {
    const wanted = condition.mfa ? "yes" : "no";
    return ({ identity: { mfa } }) => (mfa === "unknown" ? "unknown" : mfa === wanted ? "true" : "false");
  }
  if ("authAgeSeconds" in condition) {
    return ({ identity: { authenticatedAt }, now }) =>
      ageWithin(condition.authAgeSeconds, authenticatedAt, now);
  }
  if ("cidr" in condition) return addressWithin(condition.cidr);
  if ("network" in condition) return networkJudge(condition.network);
  if ("acr" in condition) return levelJudge(condition.acr.atLeast);
  return ({ now }) => withinWindow(condition.timeWindow, now);
}

function ageWithin(seconds: number, authenticatedAt: number | undefined, now: number): Truth {
  if (authenticatedAt === undefined || authenticatedAt > now + SKEW_SECONDS) return "unknown";
  return now - authenticatedAt <= seconds ? "true" : "false";
}
