import * as v from "valibot";
import { type AccessQuestion, BROKER_PLACE } from "../core/access.ts";
import { BROKER_RIGHTS } from "../core/decision.ts";
import { Refusal } from "../core/errors.ts";
import type { Identity } from "../core/identity.ts";
import { Rule } from "../core/rule.ts";
import type { CompiledRule, Head } from "../core/rule-set.ts";
import type { Epoch } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { compileTold, fileRules } from "../rules/compile.ts";
import type { Written } from "../rules/diff.ts";
import { grantKeys } from "../rules/granting.ts";
import { askedKeys } from "../rules/index.ts";
import { parseObjects } from "../rules/parse.ts";
import { type Finder, finderOf, type Side, sideOf } from "../rules/side.ts";
import { isRecord } from "../rules/words.ts";
import type { RulesReader } from "../store/rules.ts";
import type { Table } from "../store/table.ts";
import { listVersions } from "../store/version-records.ts";
import type { Deciding } from "./broker.ts";
import { objectsOfVersion } from "./versions.ts";

/** The rules of one version, ready to be asked about many people. */
export interface RulesAt {
  readonly version: number;
  readonly world: World;
  /** For each of some people, in their order, the rules that could concern them; some others may be among them. */
  readonly findAll: (people: readonly Identity[]) => Promise<readonly (readonly CompiledRule[])[]>;
  /** Every rule that gives what is asked about, whomever, among others; absent where these are too many to read. */
  readonly giving?: () => Promise<readonly CompiledRule[]>;
}

/** Most keys that are asked for at once: the reader's shelf holds them all, so that none is read twice. */
const MOST_KEYS = 2000;

/** What a question is about; rules that neither give nor take it need not be asked. */
export type About = Pick<AccessQuestion, "account" | "role">;

/** The rules of the published version: those about some roles where these are few, or all, as decisions read them. */
export async function rulesNow(
  { rules, table }: Pick<Deciding, "rules" | "table">,
  about: About,
): Promise<RulesAt> {
  const head = await rules.head();
  const world = await rules.world(head);
  const { version } = head;
  const keys = keysAbout(head, world, about);
  if (keys === undefined) {
    const isOfBroker = about.account === BROKER_PLACE;
    const giving = { giving: async () => brokerRules(await objectsOfVersion(table, version)) };
    const findAll: RulesAt["findAll"] = (people) => findPublished(rules, head, people);
    return { version, world, findAll, ...(isOfBroker ? giving : {}) };
  }
  const find = await finderAbout(rules, head, world, keys);
  return {
    version,
    world,
    findAll: async (people) => people.map((one) => find(one, one.sourceIp)),
    giving: () => rules.rules(keys, head),
  };
}

/** More buckets of rules than this are not read whole: then each person's own are. */
const MOST_BUCKETS_ABOUT = 400;

/** Where every rule lies that gives or takes what is asked about; undefined where these are many, or not filed so. */
function keysAbout({ granting }: Head, world: World, about: About): readonly string[] | undefined {
  if (granting === undefined || !isAboutRoles(about)) return undefined;
  const keys = new Set<string>();
  for (const { accountId: id, accountPath: path, accountTags: tags, name } of world.roles.values()) {
    if ((about.account ?? id) !== id || (about.role ?? name) !== name) continue;
    for (const key of grantKeys({ id, path, tags }, name, granting)) keys.add(key);
    if (keys.size > MOST_BUCKETS_ABOUT) return undefined;
  }
  return [...keys];
}

/** Rights on the broker are filed under no account, and a role may have the name of one. */
function isAboutRoles({ account, role }: About): boolean {
  if (account !== undefined) return account !== BROKER_PLACE;
  return role !== undefined && !BROKER_RIGHTS.some((right) => right === role);
}

/** Rules asked about last, by reader: pages of one answer all ask about them. */
const latestAbout = new WeakMap<RulesReader, { readonly mark: string; readonly find: Promise<Finder> }>();

function finderAbout(rules: RulesReader, head: Head, world: World, keys: readonly string[]): Promise<Finder> {
  const mark = [head.version, ...keys].join("\n\n");
  const known = latestAbout.get(rules);
  if (known?.mark === mark) return known.find;
  const find = rules
    .rules(keys, head)
    .then((some) => finderOf(fileRules(some, [...world.connections.values()])));
  const reading = { mark, find };
  latestAbout.set(rules, reading);
  find.catch(() => {
    if (latestAbout.get(rules) === reading) latestAbout.delete(rules);
  });
  return find;
}

/** What people ask for in common is read once for all of them, in few rounds, and then each finds it on the shelf. */
async function findPublished(
  rules: Deciding["rules"],
  head: Head,
  people: readonly Identity[],
): Promise<readonly (readonly CompiledRule[])[]> {
  const asked = people.map((identity) => askedKeys(identity, head.lengths, identity.sourceIp));
  const found: (readonly CompiledRule[])[] = [];
  for (let from = 0; from < asked.length; ) {
    const union = new Set<string>();
    let to = from;
    while (to < asked.length && (to === from || union.size + (asked[to]?.length ?? 0) <= MOST_KEYS)) {
      for (const key of asked[to] ?? []) union.add(key);
      to++;
    }
    await rules.rules([...union], head);
    found.push(...(await Promise.all(asked.slice(from, to).map((keys) => rules.rules(keys, head)))));
    from = to;
  }
  return found;
}

/**
 * The rules that were published at an instant.
 *
 * @throws {Refusal} `version_unknown` where what that version held was not kept, or cannot be read any more: an answer
 *   with half of its rules would be wrong.
 */
export async function rulesAt(broker: Deciding, at: Epoch, about: About): Promise<RulesAt> {
  if (at >= broker.clock.now()) return rulesNow(broker, about);
  const version = await versionAt(broker.table, at);
  const present = await broker.rules.head();
  if (version === present.version) return rulesNow(broker, about);
  const { world, find, configuration } = await sideAt(broker.table, version);
  return {
    version,
    world,
    findAll: async (people) => people.map((identity) => find(identity, identity.sourceIp)),
    giving: async () => configuration.rules.map((rule) => compileTold(rule)),
  };
}

/** Rights on the broker are filed under nobody's account: these rules are found where all are written. */
const brokerRules = (objects: readonly Written[]): CompiledRule[] =>
  objects.flatMap((one) => {
    if (one.kind !== "Rule" || !isRecord(one.grant) || one.grant.broker === undefined) return [];
    const parsed = v.safeParse(Rule, one);
    return parsed.success ? [compileTold(parsed.output)] : [];
  });

/** Versions of one read. */
const READ = 100;

/** Which version was published at an instant; 0 where none was yet. */
export async function versionAt(table: Table, at: Epoch): Promise<number> {
  let before: number | undefined;
  do {
    const page = await listVersions(table, { most: READ, ...(before === undefined ? {} : { before }) });
    const found = page.versions.find((one) => one.state === "published" && one.at <= at);
    if (found !== undefined) return found.version;
    before = page.more;
  } while (before !== undefined);
  return 0;
}

/** The version asked about last, by table: it never changes, and pages of one answer all ask about it. */
const latest = new WeakMap<Table, { readonly version: number; readonly side: Promise<Side> }>();

/** A version as it was, compiled anew from what it was written as. @throws {Refusal} `version_unknown`. */
export function sideAt(table: Table, version: number): Promise<Side> {
  const known = latest.get(table);
  if (known?.version === version) return known.side;
  const reading = { version, side: readSide(table, version) };
  latest.set(table, reading);
  reading.side.catch(() => {
    if (latest.get(table) === reading) latest.delete(table);
  });
  return reading.side;
}

async function readSide(table: Table, version: number): Promise<Side> {
  const { configuration, problems } = parseObjects(await objectsOfVersion(table, version));
  if (problems.length > 0) throw new Refusal("version_unknown", { version, source: "of another shape" });
  const side = sideOf(configuration);
  return { ...side, world: { ...side.world, version } };
}
