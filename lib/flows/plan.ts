import { deadline } from "../core/deadline.ts";
import type { Identity } from "../core/identity.ts";
import { MOST_OBJECTS } from "../core/limits.ts";
import type { Configuration } from "../core/objects.ts";
import type { Problem } from "../core/problem.ts";
import type { CompiledRule, Head } from "../core/rule-set.ts";
import { type CompiledRules, compileRule, compileTold, fileRules } from "../rules/compile.ts";
import { type Change, diff, type Written } from "../rules/diff.ts";
import { tellFew } from "../rules/few.ts";
import { leftBounds } from "../rules/left-bounds.ts";
import { lint } from "../rules/lint.ts";
import { lintBuckets } from "../rules/lint-buckets.ts";
import { isTooDeep, parseObjects } from "../rules/parse.ts";
import { worldOf } from "../rules/place.ts";
import { outOfReach, type Reach } from "../rules/reach.ts";
import { type Page, readSourceAs } from "../store/source.ts";
import type { Table } from "../store/table.ts";
import type { Broker } from "./broker.ts";
import { compare } from "./compare.ts";
import { decideIn } from "./decide.ts";
import { type Drift, driftOf, markOf } from "./drift.ts";
import { lintConnections } from "./lint-connections.ts";
import { lintPolicies } from "./lint-policies.ts";
import { type TwoPerson, twoPersonIn } from "./propose.ts";
import type { Rest } from "./told-plan.ts";
import { refuseLate } from "./too-large.ts";

/** Who asks for a change. Operators are let in by IAM and have no identity of ours that could be locked out. */
export type Author =
  | {
      readonly actor: "person" | "workload";
      readonly name: string;
      readonly personId: string;
      readonly identity: Identity;
      readonly sourceIp?: string;
      /** What they may change. */
      readonly reach: Reach;
    }
  | { readonly actor: "operator"; readonly name: string };

/** What a configuration would change, and what speaks against it. */
export interface Plan {
  /** The published version it was compared with. */
  readonly version: number;
  readonly changes: readonly Change[];
  /** What `changes` leaves out, where it tells not all of them. */
  readonly rest?: Rest;
  readonly problems: readonly Problem[];
  /** Something has no shape, so that what would change is not known: no change is told. */
  readonly unreadable?: true;
  /** What was changed otherwise since the same files were applied, where it is said which files these are. */
  readonly drift?: Drift;
}

/** A plan with everything publishing needs besides. */
export interface Prepared extends Plan {
  /** Under what the files it comes from are remembered. */
  readonly mark?: string;
  readonly head: Head;
  /** What is published, as it was written. */
  readonly current: readonly Written[];
  readonly configuration: Configuration;
  readonly compiled: CompiledRules;
  /** Its rules in order of id, compiled with whom to ask about them. */
  readonly told: readonly CompiledRule[];
  /** Which changes take two people, by what is published. */
  readonly twoPerson: TwoPerson | undefined;
  /** Whether every object has its shape, so that it can be decided by. */
  readonly readable: boolean;
  /** Whether a test or an invariant of it says otherwise. */
  readonly red: boolean;
  /** Whether its author may not change all of this. */
  readonly beyond: boolean;
  /** The configuration as written: canonical JSON of each object. */
  readonly source: readonly string[];
  readonly pages: readonly Page[];
}

/** What is wished for, by whom. */
export interface Wished {
  /** The whole configuration, as a stranger sent it. */
  readonly objects: readonly unknown[];
  readonly author: Author;
  /**
   * Tests, invariants and limits hold whoever publishes, but never the way back in: a red one, or a place that somebody
   * filled, must not keep everybody out.
   */
  readonly promises?: "not asked";
  /** Name of the files it comes from: what was last applied from them is compared too. */
  readonly origin?: string;
  /** Number of the first change that a plan tells: more than one answer holds are asked for again. */
  readonly changesFrom?: number;
}

export type Planning = Pick<Broker, "table" | "clock" | "config" | "pepper">;

/** The published configuration, as it was written. */
export const currentObjects = (table: Table, head: Head): Promise<readonly Written[]> =>
  objectsIn(table, head.source);

/** A configuration as it was written. @param source Where it lies. */
export const objectsIn = (table: Table, source: readonly string[]): Promise<readonly Written[]> =>
  readSourceAs(table, source, (text): Written => JSON.parse(text));

/**
 * Compares a whole configuration with the published one and says what speaks against it; changes nothing.
 *
 * @param head The published version, read just now.
 */
export async function prepare(
  broker: Planning,
  head: Head,
  { objects, author, origin, promises }: Wished,
): Promise<Prepared> {
  const isWayBack = promises === "not asked";
  const looked = isWayBack ? objects : objects.slice(0, MOST_OBJECTS);
  const { configuration, positions, problems: misshapen } = parseObjects(looked);
  refuseLate(objects.length);
  const written = objects.filter(isWritten).filter((one) => misshapen.length === 0 || !isTooDeep(one));
  const { current, apart, source, pages } = await compare(broker.table, head, written);
  refuseLate(objects.length);
  const { compiled, told } = compile(configuration);
  // What has no shape would only make its neighbours look wrong too.
  const problems =
    misshapen.length > 0
      ? misshapen
      : checkWhole(broker, configuration, positions, author, isWayBack ? [] : limitsOf(objects, compiled));
  refuseLate(objects.length);
  const asked = !isWayBack && !problems.some(isError);
  const broken = asked ? await promisesOf(broker, configuration, positions, author, current) : [];
  const changes = diff(apart.before, apart.after);
  refuseLate(objects.length);
  const reach = author.actor === "operator" ? "everything" : author.reach;
  const beyond = outOfReach(reach, changes, current, written);
  const mark = origin === undefined ? undefined : markOf(origin, author);
  const drift = mark === undefined ? undefined : await driftOf(broker, mark, head, current, written);
  return {
    version: head.version,
    changes,
    problems: [...beyond, ...problems, ...broken, ...leftBounds(changes, configuration, positions, current)],
    beyond: beyond.length > 0,
    twoPerson: twoPersonIn(current),
    ...(drift === undefined ? {} : { drift }),
    ...(mark === undefined ? {} : { mark }),
    head,
    current,
    configuration,
    compiled,
    told,
    red: broken.some(isError),
    readable: misshapen.length === 0,
    source,
    pages,
  };
}

/** Sorted once: what files them sorts what is in order. */
function compile({ rules, connections }: Configuration): Pick<Prepared, "compiled" | "told"> {
  const inOrder = rules.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const compiled = inOrder.map(compileRule);
  return {
    compiled: fileRules(compiled, connections),
    told: inOrder.map((rule, at) => compileTold(rule, compiled[at])),
  };
}

/** What of its tests and invariants is red. Few configurations change so often that this must lie ready. */
async function promisesOf(
  broker: Planning,
  configuration: Configuration,
  positions: ReadonlyMap<object, number>,
  author: Author,
  current: readonly Written[],
): Promise<readonly Problem[]> {
  const { tests, invariants, rules } = configuration;
  if (tests.length + invariants.length === 0) return [];
  const { clock, config } = broker;
  const { tryPromises } = await import("../rules/prove/promises.ts");
  const { seenInTests } = await import("./seen-in-tests.ts");
  return tryPromises({
    seen: await seenInTests(broker, tests, author, current),
    configuration,
    positions,
    rules: rules.map(compileRule),
    world: worldOf(configuration, 0),
    now: clock.now(),
    decideBy: (...asked) => decideIn(...asked, config.firstAdmin),
    isLate: () => (deadline()?.left() ?? Number.POSITIVE_INFINITY) < TIME_TO_PUBLISH,
  });
}

/** Milliseconds of a request that nothing is proven in any more: what is published must be written. */
const TIME_TO_PUBLISH = 12_000;

const isError = ({ severity }: Problem): boolean => severity === "error";

const isWritten = (object: unknown): object is Written => typeof object === "object" && object !== null;

function checkWhole(
  broker: Planning,
  configuration: Configuration,
  positions: ReadonlyMap<object, number>,
  author: Author,
  limits: readonly (readonly Problem[])[],
): Problem[] {
  const found = tellFew([
    ...limits,
    lint(configuration, positions, broker.clock.now()),
    ...lintConnections(broker.config, configuration, positions),
    lintPolicies(configuration, positions),
  ]);
  return found.some(isError) || !locksOut(broker, configuration, author) ? found : [...found, LOCKED_OUT];
}

/** Whether there is more than decisions and requests have room for. */
const limitsOf = (objects: readonly unknown[], compiled: CompiledRules) => [
  tooMany(objects),
  lintBuckets(compiled),
];

const tooMany = (objects: readonly unknown[]): Problem[] =>
  objects.length <= MOST_OBJECTS
    ? []
    : [
        {
          ...WHOLE,
          message: `These are more than ${MOST_OBJECTS} objects.`,
          fix: "Leave some out.",
        },
      ];

const WHOLE = { severity: "error", kind: "Configuration", id: "", path: [] } as const;

/** The problem that `publish` tells as `would_lock_out`. */
export const LOCKED_OUT: Problem = {
  ...WHOLE,
  message: "After this change you would no longer be an administrator of the broker.",
  fix: "Keep a rule with `grant: { broker: [admin] }` that holds for you, or let another administrator publish this.",
};

/** Whether the author, as they are now, could not undo the change. */
function locksOut({ clock, config }: Planning, configuration: Configuration, author: Author): boolean {
  if (author.actor === "operator" || author.reach === "nothing") return false;
  const { identity, sourceIp } = author;
  const at = { now: clock.now(), ...(sourceIp === undefined ? {} : { sourceIp }) };
  const rules = configuration.rules.map(compileRule);
  const { broker } = decideIn(identity, rules, worldOf(configuration, 0), at, config.firstAdmin);
  // An editor has no right on the broker to lose: they change none.
  return !broker.includes(author.reach === "everything" ? "admin" : "editor");
}
