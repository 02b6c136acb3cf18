import { hash } from "node:crypto";
import type { Account } from "../core/role.ts";
import type { Rule } from "../core/rule.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import { capturedName } from "./captured.ts";
import { compileTold } from "./compile.ts";

/**
 * Every rule once more, under what it gives instead of whom it concerns: so that asking why somebody has a role, or has
 * not, looks at the rules that give or take that role and never at all of them.
 */
export interface FiledGrants {
  /** Key -> rules, in order of id. No decision asks for these. */
  readonly buckets: ReadonlyMap<string, readonly CompiledRule[]>;
  /** Pairs that so many rules share that they lie in several buckets, and in how many. */
  readonly pieces: Pieces;
}

/** A pair's text -> how many buckets its rules lie in. Every other pair has one. */
export type Pieces = Readonly<Record<string, number>>;

/** Any account, or any role: a deny on all of them, a field of a template, or more of them than are filed one by one. */
const ANY = "*";
/** A rule that names more pairs than this is filed under its accounts alone, or its roles, or neither. */
const MOST_PAIRS = 64;
/** Rules of one pair above this many are spread over several buckets, so that a change rewrites one of them. */
const CROWDED = 256;
/** Most pairs that are spread: HEAD lists them, and everybody reads HEAD. */
const MOST_SPREAD = 256;

const pair = (selector: string, role: string): string => `${selector}\n${role}`;
/** Begins with no connection, as no anchor of a decision does. */
const keyOf = (text: string, piece: number): string => `\ngrant\n${text}${piece === 0 ? "" : `\n${piece}`}`;

/** Files every rule that gives or takes roles. The same rules always make the same buckets. */
export const fileGrants = (rules: readonly Rule[]): FiledGrants =>
  fileTold(rules.map((rule) => compileTold(rule)));

/** The same of rules that are compiled already, with whom to ask about them. */
export function fileTold(rules: readonly CompiledRule[]): FiledGrants {
  const byPair = new Map<string, CompiledRule[]>();
  for (const rule of [...rules].sort((a, b) => (a.id < b.id ? -1 : 1)))
    for (const text of pairsOf(rule.grant)) put(byPair, text, rule);
  const spread = crowdedPairs(byPair);
  const buckets = new Map<string, CompiledRule[]>();
  for (const [text, filed] of byPair) {
    const pieces = spread.get(text) ?? 1;
    if (pieces === 1) buckets.set(keyOf(text, 0), filed);
    else for (const rule of filed) put(buckets, keyOf(text, pieceOf(rule.id, pieces)), rule);
  }
  return { buckets, pieces: Object.fromEntries(spread) };
}

function put(map: Map<string, CompiledRule[]>, key: string, rule: CompiledRule): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [rule]);
  else there.push(rule);
}

function pairsOf({ roles = [], accounts = [] }: Rule["grant"]): ReadonlySet<string> {
  let names = namesOf(roles);
  let selectors = namesOf(accounts);
  if (names.length * selectors.length > MOST_PAIRS) {
    if (selectors.length <= MOST_PAIRS) names = [ANY];
    else selectors = [ANY];
    if (names.length > MOST_PAIRS) names = [ANY];
  }
  return new Set(selectors.flatMap((selector) => names.map((name) => pair(selector, name))));
}

const namesOf = (texts: readonly string[]): string[] => [
  ...new Set(texts.map((text) => (capturedName(text) === undefined ? text : ANY))),
];

/** The pairs with the most rules, and in how many buckets they lie: a power of two, so that it seldom changes. */
function crowdedPairs(byPair: ReadonlyMap<string, readonly CompiledRule[]>): ReadonlyMap<string, number> {
  const crowded = [...byPair].filter(([, rules]) => rules.length > CROWDED);
  crowded.sort(([a, some], [b, more]) => more.length - some.length || (a < b ? -1 : 1));
  return new Map(
    crowded
      .slice(0, MOST_SPREAD)
      .map(([text, { length }]) => [text, 2 ** Math.ceil(Math.log2(length / CROWDED))]),
  );
}

const pieceOf = (id: string, pieces: number): number =>
  pieces === 1 ? 0 : Number.parseInt(hash("sha256", id).slice(0, 8), 16) % pieces;

/** Every key under which a rule about this role in this account is filed. The number of rules makes no difference but by `pieces`. */
export function grantKeys(
  account: Pick<Account, "id" | "path" | "tags">,
  role: string,
  pieces: Pieces,
): string[] {
  const texts = [...selectorsOf(account), ANY].flatMap((selector) => [
    pair(selector, role),
    pair(selector, ANY),
  ]);
  return texts.flatMap((text) => {
    const count = Object.hasOwn(pieces, text) ? (pieces[text] ?? 1) : 1;
    return Array.from({ length: count }, (_, piece) => keyOf(text, piece));
  });
}

/** Every selector that means this account. */
export function selectorsOf({ id, path, tags }: Pick<Account, "id" | "path" | "tags">): string[] {
  const steps = path === "/" ? [] : path.split("/").slice(1);
  const above = steps.map((_, at) => `ou:/${steps.slice(0, at + 1).join("/")}/**`);
  return [
    id,
    `ou:${path}`,
    "ou:/**",
    ...above,
    ...Object.entries(tags).map(([key, value]) => `tag:${key}=${value}`),
  ];
}
