import type { Connection } from "../core/connection.ts";
import type { Rule } from "../core/rule.ts";
import type { ClaimLengths, CompiledRule, Lengths } from "../core/rule-set.ts";
import { parseMoment } from "../core/time.ts";
import { filings, possibleAnchors, rarest, type ValueAnchor } from "./anchors.ts";
import { mapsClaim } from "./claims.ts";
import { type Filed, spread } from "./crowded.ts";
import { type Anchor, anchorKey } from "./index.ts";
import { few, pieceOf } from "./lengths.ts";
import { byRarerTexts } from "./rarer.ts";

/** A rule set as it is stored: who is filed where. */
export interface CompiledRules {
  /** Key of an anchor -> the rules under it, in order of id. */
  readonly buckets: ReadonlyMap<string, readonly CompiledRule[]>;
  readonly lengths: Lengths;
  /** Ids of the rules that nothing could be found to file by; every decision looks at these. */
  readonly residual: readonly string[];
}

/** A rule as decisions need it. */
export function compileRule({ id, effect, connection, when, grant, priority, ...rest }: Rule): CompiledRule {
  const from = rest.from === undefined ? undefined : parseMoment(rest.from)?.begins;
  const until = rest.until === undefined ? undefined : parseMoment(rest.until)?.ends;
  return {
    id,
    effect,
    connections: typeof connection === "string" ? [connection] : [...new Set(connection)],
    when,
    grant,
    priority,
    ...(rest.shadow ? { shadow: true } : {}),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}

/** A rule with whom to ask about it: explanations tell that, and nothing that decides asks for it. */
export const compileTold = (rule: Rule, compiled = compileRule(rule)): CompiledRule =>
  rule.owner === undefined ? compiled : { ...compiled, owner: rule.owner };

/**
 * Files every rule under its rarest anchor, per connection. The same rules always make the same buckets.
 *
 * @param crowdedAbove More rules than this under one value are filed by two values, or by a beginning or end, where they can be.
 */
export const compileRules = (
  rules: readonly Rule[],
  connections: readonly Connection[],
  crowdedAbove?: number,
): CompiledRules => fileRules(rules.map(compileRule), connections, crowdedAbove);

/** Files rules that are compiled already: all of a version, or some of it that are asked about alone. */
export function fileRules(
  rules: readonly CompiledRule[],
  connections: readonly Connection[],
  crowdedAbove?: number,
): CompiledRules {
  const compiled = [...rules].sort((a, b) => (a.id < b.id ? -1 : 1));
  const common = countAnchors(compiled);
  const commonnessIn = (connection: string) => (anchor: ValueAnchor) =>
    common.get(anchorKey(connection, anchor)) ?? 0;
  const alone = compiled.flatMap((rule) =>
    rule.connections.map((connection): Filed => {
      const commonness = commonnessIn(connection);
      const ways = filings(rule.when, commonness);
      return { rule, connection, filing: ways.length > 1 ? rarest(ways, commonness) : ways[0] };
    }),
  );
  const filed = byRarerTexts(spread(alone, commonnessIn, crowdedAbove), commonnessIn, crowdedAbove);
  const lengths = lengthsOf(filed);
  const buckets = new Map<string, CompiledRule[]>();
  for (const one of filed) for (const key of keysOf(one, lengths, connections)) put(buckets, key, one.rule);
  const residual = filed.filter(({ filing }) => filing === undefined).map(({ rule }) => rule.id);
  return { buckets, lengths, residual: [...new Set(residual)] };
}

function countAnchors(rules: readonly CompiledRule[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const rule of rules) for (const key of possibleKeys(rule)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function possibleKeys({ when, connections }: CompiledRule): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const anchor of when.flatMap(possibleAnchors))
    for (const one of connections) keys.add(anchorKey(one, anchor));
  return keys;
}

/** Which lengths each claim is asked for. A claim that is not here is not asked for at all. */
function lengthsOf(filed: readonly Filed[]): Lengths {
  const wanted = new Map<string, Map<string, Wanted>>();
  for (const { connection, filing = [], pairs = [] } of filed) {
    const claims = wanted.get(connection) ?? new Map<string, Wanted>();
    wanted.set(connection, claims);
    for (const { kind, claim, value } of filing) {
      const sizes = wantedOf(claims, claim);
      if (kind !== "equals") sizes[kind].add(value.length);
    }
    for (const { first, second } of pairs) {
      const { both } = wantedOf(claims, first.claim);
      both.set(first.value, (both.get(first.value) ?? new Set()).add(second.claim));
    }
  }
  return mapRecord(wanted, (claims) => mapRecord(claims, toLengths));
}

interface Wanted {
  readonly starts: Set<number>;
  readonly ends: Set<number>;
  readonly both: Map<string, Set<string>>;
}

function wantedOf(claims: Map<string, Wanted>, claim: string): Wanted {
  const known = claims.get(claim) ?? { starts: new Set(), ends: new Set(), both: new Map() };
  claims.set(claim, known);
  return known;
}

const toLengths = ({ starts, ends, both }: Wanted): ClaimLengths => ({
  starts: few(starts),
  ends: few(ends),
  ...(both.size === 0 ? {} : { both: mapRecord(both, (claims) => [...claims].sort()) }),
});

const mapRecord = <From, To>(
  map: ReadonlyMap<string, From>,
  change: (value: From) => To,
): Record<string, To> =>
  Object.fromEntries(
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, change(value)]),
  );

/** Cuts an anchor's literal down to a length that decisions ask for. */
function toAsked(anchor: ValueAnchor, sizes: ClaimLengths | undefined): ValueAnchor {
  if (anchor.kind === "equals") return anchor;
  const size = sizes?.[anchor.kind].findLast((one) => one <= anchor.value.length) ?? anchor.value.length;
  return { ...anchor, value: pieceOf(anchor.kind, anchor.value, size) };
}

function keysOf(
  { rule, connection, filing, pairs = [] }: Filed,
  lengths: Lengths,
  connections: readonly Connection[],
): ReadonlySet<string> {
  if (filing === undefined) return new Set([anchorKey(connection, { kind: "residual" })]);
  const anchors: Anchor[] = filing.map((anchor) => toAsked(anchor, lengths[connection]?.[anchor.claim]));
  const keys = new Set([...anchors, ...pairs].map((anchor) => anchorKey(connection, anchor)));
  if (rule.effect !== "deny") return keys;
  for (const { claim } of filing) {
    keys.add(anchorKey(connection, { kind: "unknown", claim }));
    for (const { id } of deafTo(claim, connection, connections))
      keys.add(anchorKey(id, { kind: "unmapped" }));
  }
  return keys;
}

/** The connections a deny speaks of that can say nothing of a claim: there it is unknown for everybody. */
const deafTo = (claim: string, connection: string, connections: readonly Connection[]): Connection[] =>
  connections.filter((one) => {
    const meant = connection === "*" ? one.purpose === "people" : one.id === connection;
    return meant && !mapsClaim(one, claim);
  });

function put(buckets: Map<string, CompiledRule[]>, key: string, rule: CompiledRule): void {
  const bucket = buckets.get(key);
  if (bucket === undefined) buckets.set(key, [rule]);
  else bucket.push(rule);
}
