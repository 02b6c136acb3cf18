import { deadline } from "../core/deadline.ts";
import { type Impact, joinFlags, type Move } from "../core/impact.ts";
import type { Clock } from "../core/time.ts";
import { parseObjects } from "../rules/parse.ts";
import { peopleWithin } from "../rules/reach.ts";
import { type Replayed, replayer } from "../rules/replay.ts";
import { sideOf } from "../rules/side.ts";
import { scalesOf } from "../rules/weigh.ts";
import { readPersonNames } from "../store/people.ts";
import { readHead } from "../store/rules.ts";
import type { Table } from "../store/table.ts";
import { decideIn } from "./decide.ts";
import { type Plan, type Planning, type Prepared, prepare, type Wished } from "./plan.ts";
import { toPlan } from "./publish-rules.ts";
import { estimate, lookAtSeen, readPlace, writePlace } from "./seen-people.ts";
import { tellImpact } from "./told-impact.ts";

/** A plan, and what it means to the people who were seen lately. */
export interface Preview extends Plan {
  /**
   * Absent where what is wished for has no shape to decide by, and where whoever asks may not change all of it or, by their
   * bounds, sees nobody.
   */
  readonly impact?: Impact;
}

/** How much of one replay goes into one answer. */
export interface Portion {
  /** Where the answer before ended. */
  readonly cursor?: string | undefined;
  /** Rights gained and lost that one answer tells, about. */
  readonly most?: number;
}

const MOST_RIGHTS = 5000;
/** Milliseconds of a request that are kept for names, and for the answer. */
const SPARE = 5000;

/**
 * What would change, and who would gain and lose by it: every person who signed in lately is replayed, as many as the
 * time of one request allows; `cursor` goes on with the rest.
 *
 * @throws {Refusal} `request_invalid` for a cursor that is none.
 */
export async function previewRules(broker: Planning, wished: Wished, portion: Portion): Promise<Preview> {
  const prepared = await prepare(broker, await readHead(broker.table), wished);
  const { author } = wished;
  const people = author.actor === "operator" ? "everybody" : peopleWithin(author.reach);
  const sees = (connection: string) => people === "everybody" || people.has(connection);
  const seesNobody = people !== "everybody" && people.size === 0;
  const told = toPlan(prepared, wished.changesFrom);
  // A plan nobody lets its author publish would only say who has what beyond his bounds.
  if (!prepared.readable || prepared.beyond || seesNobody) return told;
  const impact = tellImpact(await impactOf(broker, prepared, portion, sees));
  // What people are called is for whoever administers them; an editor of rules sees who they are to the audit trail.
  const seesNames = author.actor === "operator" || author.reach === "everything";
  return { ...told, impact: seesNames ? await named(broker, impact) : impact };
}

async function impactOf(
  broker: Planning,
  prepared: Prepared,
  portion: Portion,
  sees: (connection: string) => boolean,
): Promise<Impact> {
  const { current, changes, configuration, compiled } = prepared;
  const now = broker.clock.now();
  const { firstAdmin } = broker.config;
  const before = sideOf(parseObjects(current).configuration);
  const after = sideOf(configuration, compiled);
  const scales = scalesOf(changes, before, after);
  const replay = replayer(changes, before, after, (...asked) => decideIn(...asked, firstAdmin), now);
  const from = readPlace(portion.cursor);
  const sum = emptySum();
  const ended = await lookAtSeen(broker.table, now, from, (seen) => {
    if (sees(seen.identity.connection)) add(sum, replay(seen));
    return sum.rights >= (portion.most ?? MOST_RIGHTS) || isLate() ? "enough" : "more";
  });
  const first = portion.cursor === undefined ? scales.rules : [];
  return {
    replayed: sum.replayed,
    ...(ended === undefined ? {} : { of: estimate(sum.replayed, from, ended), cursor: writePlace(ended) }),
    administrators: sum.administrators,
    moves: sum.moves,
    flags: joinFlags([...first, ...scales.of(sum.moves)]),
    many: after.world.settings.weighty.people,
  };
}

const isLate = (): boolean => (deadline()?.left() ?? Number.POSITIVE_INFINITY) < SPARE;

const emptySum = () => ({
  replayed: 0,
  rights: 0,
  administrators: { before: 0, after: 0 },
  moves: [] as Move[],
});

function add(sum: ReturnType<typeof emptySum>, { move, administers }: Replayed): void {
  sum.replayed++;
  if (administers.before) sum.administrators.before++;
  if (administers.after) sum.administrators.after++;
  if (move === undefined) return;
  sum.rights += move.gained.length + move.lost.length;
  sum.moves.push(move);
}

async function named(
  { table, clock }: { readonly table: Table; readonly clock: Clock },
  impact: Impact,
): Promise<Impact> {
  const ids = impact.moves.map(({ personId }) => personId);
  const names = await readPersonNames(table, ids, clock.now());
  const moves = impact.moves.map((move) => {
    const name = names.get(move.personId);
    return name === undefined ? move : { ...move, name };
  });
  return { ...impact, moves };
}
