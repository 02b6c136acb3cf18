import type { Decision } from "../core/decision.ts";
import type { Identity } from "../core/identity.ts";
import type { Move } from "../core/impact.ts";
import type { Configuration } from "../core/objects.ts";
import type { Epoch } from "../core/time.ts";
import { placedRoleKey } from "../core/world.ts";
import { compileRules } from "./compile.ts";
import type { Change } from "./diff.ts";
import { type DecideBy, type Finder, finderOf, type Side } from "./side.ts";
import { touchedBy } from "./touched.ts";

/** Somebody as they were when they signed in last. */
export interface Seen {
  readonly personId: string;
  readonly identity: Identity;
  readonly seenAt: Epoch;
}

/** What a change means to one person, and whether they administer before it and after it. */
export interface Replayed {
  /** Absent where nothing changes for them. */
  readonly move?: Move;
  readonly administers: { readonly before: boolean; readonly after: boolean };
}

/**
 * Replays people one by one, each as if they signed in again now the way they did last.
 *
 * Only whom a touched rule could concern is decided anew in full: the touched rules are filed as every rule is, and
 * whoever asks for none of their keys gets the same as before. So the work is in the people concerned, not in the rules.
 *
 * @param changes What differs between the two, as `diff` tells it.
 */
export function replayer(
  changes: readonly Change[],
  before: Side,
  after: Side,
  decideBy: DecideBy,
  now: Epoch,
): (seen: Seen) => Replayed {
  const concerned = concernedBy(changes, before, after);
  const rights = { before: rightsIn(before, decideBy), after: rightsIn(after, decideBy) };
  return ({ personId, identity: seen, seenAt }) => {
    const identity = asNow(seen, seenAt, now);
    const { sourceIp } = identity;
    const at = { now, ...(sourceIp === undefined ? {} : { sourceIp }) };
    const administers = {
      before: rights.before(identity, at),
      after: rights.after(identity, at),
    };
    if (!concerned(identity)) return { administers };
    const [was, will] = [before, after].map((side) =>
      decideBy(identity, side.find(identity, sourceIp), side.world, at),
    );
    const move = was === undefined || will === undefined ? undefined : moveOf(was, will);
    if (move === undefined) return { administers };
    return { administers, move: { personId, connection: identity.connection, ...move } };
  };
}

/** How long ago somebody authenticated is kept; the day on which they did is not. */
export function asNow(identity: Identity, seenAt: Epoch, now: Epoch): Identity {
  const { authenticatedAt } = identity;
  if (authenticatedAt === undefined) return identity;
  return { ...identity, authenticatedAt: authenticatedAt + (now - seenAt) };
}

/** Whether a change could mean anything to somebody. */
function concernedBy(changes: readonly Change[], before: Side, after: Side): (identity: Identity) => boolean {
  const touched = touchedBy(changes, before, after);
  const filed = (rules: Configuration["rules"], { configuration }: Side): Finder =>
    finderOf(compileRules(rules, configuration.connections));
  const finders = [filed(touched.before, before), filed(touched.after, after)];
  return (identity) =>
    touched.connections.has(identity.connection) ||
    finders.some((find) => find(identity, identity.sourceIp).length > 0);
}

/** Whether somebody administers, by the few rules that say who does. */
function rightsIn({ configuration, world }: Side, decideBy: DecideBy) {
  const rules = configuration.rules.filter(({ grant }) => grant.broker !== undefined);
  const find = finderOf(compileRules(rules, configuration.connections));
  return (identity: Identity, at: Parameters<DecideBy>[3]): boolean =>
    decideBy(identity, find(identity, at.sourceIp), world, at).broker.includes("admin");
}

function moveOf(
  was: Decision,
  will: Decision,
): Pick<Move, "gained" | "lost" | "before" | "after"> | undefined {
  const [had, has] = [rightsOf(was), rightsOf(will)];
  const gained = [...has].filter((one) => !had.has(one)).sort();
  const lost = [...had].filter((one) => !has.has(one)).sort();
  if (gained.length + lost.length === 0) return undefined;
  return { gained, lost, before: was.roles.length, after: will.roles.length };
}

const rightsOf = ({ roles, broker }: Decision): ReadonlySet<string> =>
  new Set([
    ...roles.map(({ accountId, role }) => placedRoleKey(accountId, role)),
    ...broker.map((right) => `broker/${right}`),
  ]);
