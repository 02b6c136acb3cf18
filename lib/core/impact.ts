import * as v from "valibot";

/** What a change means to one person. */
export const Move = v.object({
  personId: v.string(),
  connection: v.string(),
  /** What they are called, where whoever asks may see it and it was not erased. */
  name: v.exactOptional(v.string()),
  /** Roles as `account/role`, rights on the broker as `broker/right`; in byte order. */
  gained: v.array(v.string()),
  lost: v.array(v.string()),
  /** How many of these are counted and not told by name, where they are very many. */
  more: v.exactOptional(v.number()),
  /** How many roles they had, and would have. */
  before: v.number(),
  after: v.number(),
});
export type Move = v.InferOutput<typeof Move>;

/** How much a flag should weigh with whoever publishes: look before, or know of it. */
const WEIGHTS = ["high", "notice"] as const;

/** Something about a change that deserves a look, whoever is concerned. */
export const Flag = v.object({
  code: v.picklist([
    "new_admin_on_prod",
    "gains_broker_right",
    "nobody_administers",
    "loses_last_role",
    "first_grant_of_account",
    "deny_removed",
    "matches_everybody",
    "many_gain",
  ]),
  weight: v.picklist(WEIGHTS),
  /** The role, account or rule it is about; empty where it is about the whole. */
  about: v.string(),
  /** How many people; 0 where rules alone say it. */
  people: v.number(),
  /** Ids of the first few. */
  examples: v.array(v.string()),
});
export type Flag = v.InferOutput<typeof Flag>;

/** What a change means to the people who were replayed. */
export const Impact = v.object({
  /** How many were. */
  replayed: v.number(),
  /** How many there are to replay, where that is known. */
  of: v.exactOptional(v.number()),
  /** Where to go on; absent when everybody was replayed. */
  cursor: v.exactOptional(v.string()),
  /** Of these, how many administer the broker, and would. */
  administrators: v.object({ before: v.number(), after: v.number() }),
  moves: v.array(Move),
  flags: v.array(Flag),
  /** How many more flags there are than are told, all of them as light as these or lighter. */
  moreFlags: v.exactOptional(v.number()),
  /** So many people gaining something are many. */
  many: v.number(),
});
export type Impact = v.InferOutput<typeof Impact>;

/** Examples of one flag that are kept. */
export const MOST_EXAMPLES = 5;

/** Two parts of one replay as one; the later says where to go on. */
export function joinImpacts(first: Impact, later: Impact): Impact {
  const { cursor: _, of: __, ...rest } = first;
  return {
    ...rest,
    replayed: first.replayed + later.replayed,
    administrators: {
      before: first.administrators.before + later.administrators.before,
      after: first.administrators.after + later.administrators.after,
    },
    moves: [...first.moves, ...later.moves],
    flags: joinFlags([...first.flags, ...later.flags]),
    ...moreOf((first.moreFlags ?? 0) + (later.moreFlags ?? 0)),
    ...(later.of === undefined ? {} : { of: later.of }),
    ...(later.cursor === undefined ? {} : { cursor: later.cursor }),
  };
}

const moreOf = (flags: number) => (flags === 0 ? {} : { moreFlags: flags });

/** Flags of one code about one thing are one flag, of as many people as they are together. */
export function joinFlags(flags: readonly Flag[]): Flag[] {
  const joined = new Map<string, Flag>();
  for (const flag of flags) {
    const key = `${flag.code}\n${flag.about}`;
    const known = joined.get(key);
    joined.set(key, known === undefined ? flag : together(known, flag));
  }
  return [...joined.values()];
}

const together = (one: Flag, other: Flag): Flag => ({
  ...one,
  people: one.people + other.people,
  examples: [...one.examples, ...other.examples].slice(0, MOST_EXAMPLES),
});

/** Every flag of a replay, the heaviest first: those too that only the whole can say. */
export function flagsOf({ flags, moves, administrators, many, cursor }: Impact): Flag[] {
  const gaining = moves.filter(({ gained }) => gained.length > 0);
  const few = gaining.slice(0, MOST_EXAMPLES).map(({ personId }) => personId);
  const whole: Flag[] = [];
  if (cursor === undefined && administrators.before > 0 && administrators.after === 0)
    whole.push({ code: "nobody_administers", weight: "high", about: "", people: 0, examples: [] });
  if (gaining.length > many)
    whole.push({ code: "many_gain", weight: "high", about: "", people: gaining.length, examples: few });
  const rank = ({ weight }: Flag) => WEIGHTS.indexOf(weight);
  return [...whole, ...flags].sort((a, b) => rank(a) - rank(b));
}

/** How many people gain and lose one right. */
export interface Tally {
  /** `account/role`, or `broker/right`. */
  readonly right: string;
  readonly gain: number;
  readonly lose: number;
}

/** Every right that somebody gains or loses, what moves most people first. */
export function tallied(moves: readonly Move[]): Tally[] {
  const counts = new Map<string, { gain: number; lose: number }>();
  const of = (right: string) => {
    const known = counts.get(right) ?? { gain: 0, lose: 0 };
    counts.set(right, known);
    return known;
  };
  for (const { gained, lost } of moves) {
    for (const right of gained) of(right).gain++;
    for (const right of lost) of(right).lose++;
  }
  return [...counts]
    .map(([right, count]) => ({ right, ...count }))
    .sort((a, b) => b.gain + b.lose - a.gain - a.lose || (a.right < b.right ? -1 : 1));
}
