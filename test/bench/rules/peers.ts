/**
 * Other engines with the same rules. Each is asked which rules match somebody, all of them and not the first; what their
 * authors offer to make that quick is used.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Identity } from "../../../lib/core/identity.ts";
import type { Rule } from "../../../lib/core/rule.ts";
import { type Installed, install } from "../throughput/install.ts";

/** Ids of the rules that match. */
export type Match = () => Promise<readonly string[]>;

export interface Peer {
  readonly name: string;
  readonly open: (rules: readonly Rule[], person: Identity) => Promise<Match>;
}

/** A condition as these engines can say it. */
type Term =
  | { readonly claim: string; readonly how: "equals" | "startsWith" | "endsWith"; readonly text: string }
  | "mfa";

function termOf(condition: Rule["when"][number]): Term {
  if ("mfa" in condition) return "mfa";
  if ("equals" in condition) return { claim: condition.claim, how: "equals", text: condition.equals };
  if ("startsWith" in condition)
    return { claim: condition.claim, how: "startsWith", text: condition.startsWith };
  if ("endsWith" in condition) return { claim: condition.claim, how: "endsWith", text: condition.endsWith };
  throw new Error(`no peer is told of ${JSON.stringify(condition)}`);
}

/** Groups as a list, every other claim as its one value. */
const factsOf = ({ claims, mfa }: Identity) => ({
  ...Object.fromEntries(Object.entries(claims).map(([claim, values]) => [claim, values[0] ?? ""])),
  groups: claims.groups ?? [],
  mfa: mfa === "yes",
});
type Facts = ReturnType<typeof factsOf> & Record<string, unknown>;

/** What of each package is used. They are installed on request and have no types here. */
interface Cedar {
  preparsePolicySet(id: string, set: { staticPolicies: Record<string, string> }): { type: string };
  statefulIsAuthorized(call: object): {
    type: string;
    response?: { diagnostics: { reason: string[]; errors: unknown[] } };
  };
}

function cedarPolicy(rule: Rule): string {
  const terms = rule.when.map(termOf).map((term) => {
    if (term === "mfa") return "principal.mfa";
    const { claim, how, text } = term;
    if (claim === "groups") return `principal.groups.contains("${text}")`;
    if (how === "equals") return `principal.${claim} == "${text}"`;
    return `principal.${claim} like "${how === "startsWith" ? `${text}*` : `*${text}`}"`;
  });
  return `permit(principal, action, resource) when { ${terms.join(" && ")} };`;
}

const cedar = (folder: string): Peer => ({
  name: "cedar-wasm 4.13, parsed before",
  open: async (rules, person) => {
    const engine: Cedar = load(folder, "@cedar-policy/cedar-wasm/nodejs");
    const staticPolicies = Object.fromEntries(rules.map((rule) => [rule.id, cedarPolicy(rule)]));
    const preparsedPolicySetId = `of ${rules.length}`;
    const parsed = engine.preparsePolicySet(preparsedPolicySetId, { staticPolicies });
    if (parsed.type !== "success") throw new Error(JSON.stringify(parsed).slice(0, 300));
    const principal = { type: "Person", id: person.subject };
    const call = {
      principal,
      action: { type: "Action", id: "have" },
      resource: { type: "Role", id: "any" },
      context: {},
      preparsedPolicySetId,
      entities: [{ uid: principal, attrs: factsOf(person), parents: [] }],
    };
    return async () => {
      const { response } = engine.statefulIsAuthorized(call);
      if (response === undefined || response.diagnostics.errors.length > 0) throw new Error("cedar refused");
      return response.diagnostics.reason;
    };
  },
});

interface Casbin {
  newModelFromString(text: string): unknown;
  newEnforcer(model: unknown): Promise<{
    addPolicies(rows: string[][]): Promise<boolean>;
    addFunction(name: string, holds: (...values: never[]) => boolean): Promise<void>;
    enforce(...values: unknown[]): Promise<boolean>;
  }>;
}
/** Its answer is one yes or no; a matcher that writes down what holds and says no is asked of every rule. */
const CASBIN = `
[request_definition]
r = sub
[policy_definition]
p = rule
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = holds(r.sub, p.rule)
`;

/** A rule as a function of the facts, as whoever writes for casbin would. */
function holdsOf(rule: Rule): (facts: Facts) => boolean {
  const terms = rule.when.map(termOf);
  return (facts) =>
    terms.every((term) => {
      if (term === "mfa") return facts.mfa;
      const { claim, how, text } = term;
      if (claim === "groups") return facts.groups.includes(text);
      const value = String(facts[claim]);
      return how === "equals" ? value === text : value[how](text);
    });
}

const casbin = (folder: string): Peer => ({
  name: "casbin 5.51, matcher of JavaScript",
  open: async (rules, person) => {
    const { newEnforcer, newModelFromString }: Casbin = load(folder, "casbin");
    const enforcer = await newEnforcer(newModelFromString(CASBIN));
    const byId = new Map(rules.map((rule) => [rule.id, holdsOf(rule)]));
    let found: string[] = [];
    await enforcer.addFunction("holds", (facts: Facts, id: string) => {
      if (byId.get(id)?.(facts)) found.push(id);
      return false;
    });
    await enforcer.addPolicies(rules.map(({ id }) => [id]));
    const facts = factsOf(person);
    return async () => {
      found = [];
      await enforcer.enforce(facts);
      return found;
    };
  },
});

interface JsonRules {
  Engine: new () => {
    addOperator(name: string, holds: (value: string, text: string) => boolean): void;
    addRule(rule: object): void;
    run(facts: object): Promise<{ events: { type: string }[] }>;
  };
}

const conditionOf = (term: Term) => {
  if (term === "mfa") return { fact: "mfa", operator: "equal", value: true };
  const { claim, how, text } = term;
  const equals = claim === "groups" ? "contains" : "equal";
  return { fact: claim, operator: how === "equals" ? equals : how, value: text };
};

const jsonRules = (folder: string): Peer => ({
  name: "json-rules-engine 7.3",
  open: async (rules, person) => {
    const { Engine }: JsonRules = load(folder, "json-rules-engine");
    const engine = new Engine();
    engine.addOperator("startsWith", (value, text) => value.startsWith(text));
    engine.addOperator("endsWith", (value, text) => value.endsWith(text));
    for (const { id, when } of rules)
      engine.addRule({ conditions: { all: when.map(termOf).map(conditionOf) }, event: { type: id } });
    const facts = factsOf(person);
    return async () => (await engine.run(facts)).events.map(({ type }) => type);
  },
});

const load = (folder: string, name: string) => createRequire(join(folder, "package.json"))(name);

const PEERS: readonly (readonly [spec: string, peer: (folder: string) => Peer])[] = [
  ["@cedar-policy/cedar-wasm@4.13.0", cedar],
  ["casbin@5.51.1", casbin],
  ["json-rules-engine@7.3.1", jsonRules],
];

/** Those that could be installed, and why others could not. */
export function installRulePeers(): { readonly peers: readonly Peer[]; readonly missing: readonly string[] } {
  const installed = PEERS.map(([spec, peer]): [Installed, typeof peer] => [install(spec), peer]);
  return {
    peers: installed.flatMap(([one, peer]) => ("folder" in one ? [peer(one.folder)] : [])),
    missing: installed.flatMap(([one]) => ("reason" in one ? [one.reason] : [])),
  };
}
