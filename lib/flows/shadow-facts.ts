import type { AuditEvent } from "../core/audit.ts";
import type { Decision } from "../core/decision.ts";

type Detail = NonNullable<AuditEvent["detail"]>;
type Places = NonNullable<Decision["shadow"]>["gives"];

/** Ids of rules that one event names. */
const MOST_NAMED = 10;

/** What rules in shadow would have done to a whole decision, for its event; nothing where there are none. */
export function shadowDetail({ shadow }: Pick<Decision, "shadow">): Detail {
  if (shadow === undefined) return {};
  const { gives, takes } = shadow;
  return {
    ...(gives.length === 0 ? {} : { shadowGives: gives.length, shadowGivesBy: named(gives) }),
    ...(takes.length === 0 ? {} : { shadowTakes: takes.length, shadowTakesBy: named(takes) }),
  };
}

/** Which denies in shadow would have kept somebody from a role that is issued. */
export function shadowOfIssue(
  { shadow }: Pick<Decision, "shadow">,
  accountId: string,
  role: string,
): { readonly detail?: Detail } {
  const taken = (shadow?.takes ?? []).filter((one) => one.accountId === accountId && one.role === role);
  return taken.length === 0 ? {} : { detail: { shadowTakesBy: named(taken) } };
}

const named = (places: Places): string =>
  [...new Set(places.flatMap(({ rules }) => rules))].slice(0, MOST_NAMED).join(" ");
