import type { AccessPage, AccessQuestion, AccessRow } from "../core/access.ts";
import type { Language } from "../core/messages/words.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import type { Epoch } from "../core/time.ts";
import { holdingKey, holdingsOf, isMeant } from "../rules/holdings.ts";
import { asNow } from "../rules/replay.ts";
import { readPersonNames } from "../store/people.ts";
import { SEEN_SHARDS, type Seen } from "../store/seen.ts";
import { aboutHowMany } from "../store/walk-seen.ts";
import { isEnd, type Position, placeIn } from "./access-cursor.ts";
import { grantsAbout } from "./access-grants.ts";
import { type Few, fewAtATime } from "./access-people.ts";
import type { Deciding } from "./broker.ts";
import { decideIn } from "./decide.ts";
import { isUsable, type LastUses, lastUses } from "./last-uses.ts";
import { type RulesAt, rulesAt, rulesNow } from "./rules-at.ts";
import { tellRules } from "./told-rules.ts";

/** What is asked, and how much of the answer at once. */
export interface AccessAsked {
  readonly question: AccessQuestion;
  /** The present where absent. */
  readonly at?: Epoch;
  /** Only what was not used for so many days. */
  readonly unusedDays?: number;
  readonly most: number;
  readonly language: Language;
  /** Where to go on; from the beginning where absent. */
  readonly position?: Position;
}

/** Uses are looked for so many days back where nobody asks for more. */
const USED_DAYS = 90;
const DAY = 86_400;

/**
 * Who can reach what: everybody who was seen lately, each as if they signed in at that instant the way they did last.
 *
 * A page ends when it is full or when there is no time left, and says how many people were looked at: where few hold
 * what is asked for, a page may hold nobody and the next one go on.
 *
 * @param hasTime Asked after every few people; whether uses may still be looked for, which come last; and whether
 *   earlier versions may, for since when rules give what is asked about.
 * @returns `next` is where the next page begins; absent at the end.
 * @throws {Refusal} `version_unknown` where what was published at that instant was not kept.
 */
export async function accessPage(
  broker: Deciding,
  asked: AccessAsked,
  hasTime: () => boolean,
  hasTimeForUses = hasTime,
  hasTimeForVersions = hasTimeForUses,
): Promise<Omit<AccessPage, "cursor"> & { readonly next?: Position }> {
  const start = asked.position ?? beginning(broker, asked);
  const { at } = start;
  const { question } = asked;
  const rules =
    asked.at === undefined ? await rulesNow(broker, question) : await rulesAt(broker, asked.at, question);
  const from = at - (asked.unusedDays ?? USED_DAYS) * DAY;
  const uses = lastUses(broker, { from, to: at, hasTime: hasTimeForUses });
  const filling: Filling = { asked, at, rules, start, hasTime, uses, known: new Map() };
  const telling = { question, at, language: asked.language };
  const [{ rows, end }, grants] = await Promise.all([
    fill(broker, filling),
    asked.position === undefined ? grantsAbout(broker.table, rules, telling, hasTimeForVersions) : {},
  ]);
  const told = asked.unusedDays === undefined ? await uses(rows) : rows;
  const standing = new Set(rows.flatMap((row) => row.rules));
  return {
    version: rules.version,
    at,
    rows: await named(broker, told),
    rules: tellRules(
      [...standing].flatMap((id) => filling.known.get(id) ?? []),
      rules.world,
      asked.language,
    ),
    ...grants,
    looked: end.looked,
    people: aboutHowMany(end.looked, end),
    ...(isEnd(end) ? {} : { next: end }),
  };
}

/** One person is looked up and not walked to. */
const beginning = ({ clock }: Deciding, { at, question }: AccessAsked): Position => ({
  at: at ?? clock.now(),
  looked: 0,
  shard: question.person === undefined ? 0 : SEEN_SHARDS.length,
});

interface Filling {
  readonly asked: AccessAsked;
  readonly at: Epoch;
  readonly rules: RulesAt;
  readonly start: Position;
  readonly hasTime: () => boolean;
  readonly uses: LastUses;
  /** Rules that gave something, by id. */
  readonly known: Map<string, CompiledRule>;
}

/** Fills a page. `end` is where the next one begins: behind the last shard where there is none. */
async function fill(broker: Deciding, filling: Filling): Promise<Filled> {
  const { asked, at, start, hasTime } = filling;
  const page: Filled = { rows: [], end: { at, looked: start.looked, ...placeIn(start) } };
  let isFirst = true;
  for await (const few of fewAtATime(broker, asked.question, start)) {
    const held = await heldByFew(broker, few.people, filling, isFirst);
    if (held === undefined || addFew(page, few, held, asked.most) === "full") return page;
    page.end = { at, looked: page.end.looked, ...few.end };
    isFirst = false;
    if (!hasTime()) return page;
  }
  return page;
}

interface Filled {
  readonly rows: AccessRow[];
  end: Position;
}

function addFew(
  page: Filled,
  { people, isNew, placeOf }: Few,
  held: ReadonlyMap<Seen, readonly AccessRow[]>,
  most: number,
): "full" | "has room" {
  for (const who of people) {
    if (page.rows.length >= most) return "full";
    const theirs = held.get(who) ?? [];
    const fitting = theirs.slice(0, most - page.rows.length);
    page.rows.push(...fitting);
    const { at, looked } = page.end;
    page.end = { at, looked: isNew ? looked + 1 : looked, ...placeOf(who) };
    const last = fitting.at(-1);
    if (last === undefined || fitting.length === theirs.length) continue;
    page.end = { ...page.end, within: { personId: who.personId, key: holdingKey(last) } };
    return "full";
  }
  return "has room";
}

/**
 * Rows of some people that are asked for; undefined where there was no time to find out which these are. The first few of
 * a page are told all the same, or there might never be a next one.
 */
async function heldByFew(
  broker: Deciding,
  people: readonly Seen[],
  filling: Filling,
  isFirst: boolean,
): Promise<ReadonlyMap<Seen, readonly AccessRow[]> | undefined> {
  const held = await decideFew(broker, people, filling);
  if (filling.asked.unusedDays === undefined) return held;
  const told = await filling.uses([...held.values()].flat().filter(isUsable));
  const isKnown = told.every((row) => row.lastUsedAt !== undefined || row.unusedSince !== undefined);
  if (!isKnown && !isFirst) return undefined;
  const unused = Map.groupBy(
    told.filter(({ lastUsedAt }) => lastUsedAt === undefined),
    ({ personId }) => personId,
  );
  return new Map([...held.keys()].map((who) => [who, unused.get(who.personId) ?? []]));
}

/** What each of some people has of what is asked about. */
async function decideFew(
  { config }: Deciding,
  people: readonly Seen[],
  { asked: { question }, at, rules, start, known }: Filling,
): Promise<ReadonlyMap<Seen, readonly AccessRow[]>> {
  const meant = people.filter(({ identity }) => isMeant(identity, question));
  const identities = meant.map(({ identity, seenAt }) => asNow(identity, seenAt, at));
  const found = await rules.findAll(identities);
  return new Map(
    meant.map((who, index) => {
      const { [index]: identity = who.identity } = identities;
      const by = found[index] ?? [];
      const then = { now: at, ...(identity.sourceIp === undefined ? {} : { sourceIp: identity.sourceIp }) };
      const decision = decideIn(identity, by, rules.world, then, config.firstAdmin);
      const after = start.within?.personId === who.personId ? start.within.key : "";
      const held = holdingsOf(decision, by, question).filter((one) => holdingKey(one) > after);
      const ids = new Set(held.flatMap((one) => one.rules));
      for (const rule of by) if (ids.has(rule.id)) known.set(rule.id, rule);
      return [who, held.map((one) => rowOf(who, one, rules.world, at))];
    }),
  );
}

function rowOf(
  { personId, identity, seenAt }: Seen,
  holding: ReturnType<typeof holdingsOf>[number],
  world: RulesAt["world"],
  at: Epoch,
): AccessRow {
  const accountName = world.accounts.get(holding.accountId)?.name;
  return {
    personId,
    connection: identity.connection,
    ...holding,
    ...(accountName === undefined ? {} : { accountName }),
    seenAt,
    ...(seenAt > at ? { seenLater: true } : {}),
  };
}

/** Names lie in the record that can be erased and nowhere else. */
async function named({ table, clock }: Deciding, rows: readonly AccessRow[]): Promise<AccessRow[]> {
  const ids = [...new Set(rows.map(({ personId }) => personId))];
  const names = await readPersonNames(table, ids, clock.now());
  return rows.map((row) => {
    const name = names.get(row.personId);
    return name === undefined ? row : { ...row, name };
  });
}
