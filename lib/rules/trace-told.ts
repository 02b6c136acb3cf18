import type { Settings } from "../core/settings.ts";
import type { Missing } from "./missing.ts";
import { ALL_TOLD, type Considered, type Trace, type Untold } from "./trace.ts";

/**
 * What of a trace somebody may see who asks about themselves.
 *
 * An account without a rule that could give the role, now and not only in shadow, to people of their connection looks like one that is not there, so
 * that asking does not tell which accounts there are. What another connection's people get is not told, nor whom denies
 * are for that leave them alone, nor what is in shadow: that is planned, and nobody's yet.
 *
 * @param asked The account as they named it.
 */
export function toldToOneself(trace: Trace, asked: string, explain: Settings["explain"]): Trace {
  const { obstacle, accountName, elsewhere: _, rules: all, ...rest } = trace;
  const rules = all.filter(({ shadow }) => shadow === undefined);
  const ownFault =
    obstacle === "connection_unknown" || obstacle === "connection_disabled" ? { obstacle } : {};
  const isTheirs = rules.some(({ effect, shadow }) => effect !== "deny" && !shadow);
  const tellsOfIt = explain !== "off" || trace.outcome !== "not_granted";
  if (!isTheirs || !tellsOfIt)
    return { ...rest, accountId: asked, ...ownFault, rules: [], more: ALL_TOLD, elsewhere: [] };
  return {
    ...rest,
    ...(accountName === undefined ? {} : { accountName }),
    ...(obstacle === undefined ? {} : { obstacle }),
    ...TELL[explain](
      rules.filter(({ effect, does }) => effect !== "deny" || does !== "nothing"),
      // What is not told is not counted either.
      { ...trace.more, denies: 0, inShadow: 0 },
    ),
    elsewhere: [],
  };
}

type Rules = Pick<Trace, "rules" | "more">;
const TELL: Readonly<Record<Settings["explain"], (rules: readonly Considered[], more: Untold) => Rules>> = {
  terms: (rules, more) => ({ rules, more }),
  named: (rules, more) => ({
    rules: rules.map((one) => ({ ...one, terms: [], missing: one.missing.map(bare) })),
    more,
  }),
  off: (rules, { doing }) => ({
    rules: rules.flatMap((one) => (one.does === "nothing" ? [] : [{ ...one, terms: [], missing: [] }])),
    more: { ...ALL_TOLD, doing },
  }),
};

/** That something is missing, of what claim, and when it will be otherwise; never which value. */
const bare = ({ remedy, condition, why, at, span, session }: Missing): Missing => ({
  remedy,
  ...(condition !== undefined && "claim" in condition ? { claim: condition.claim } : {}),
  ...(why === undefined ? {} : { why }),
  ...(at === undefined ? {} : { at }),
  ...(span === undefined ? {} : { span }),
  ...(session === undefined ? {} : { session: "" }),
});
