import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { Connection } from "../../../lib/core/connection.ts";
import type { Decision, Truth } from "../../../lib/core/decision.ts";
import type { Identity } from "../../../lib/core/identity.ts";
import { Condition } from "../../../lib/core/rule.ts";
import { DEFAULT_SETTINGS } from "../../../lib/core/settings.ts";
import { viewOf } from "../../../lib/rules/claims.ts";
import { compileRule } from "../../../lib/rules/compile.ts";
import { lint } from "../../../lib/rules/lint.ts";
import { prepare } from "../../../lib/rules/match.ts";
import { parseObjects } from "../../../lib/rules/parse.ts";
import { decide } from "../../../lib/rules/resolve.ts";
import { ROOT } from "../../source.ts";
import { GOOD, OKTA, SRE, type Written } from "../configuration.ts";
import { connection, NOON, person, rule, world } from "../things.ts";

/** A sentence of the page, and what must hold if it is true. */
export type Case = readonly [sentence: string, check: () => unknown];

export const okta = connection("okta", { contexts: ["urn:low", "urn:high"] });
export const ci = connection("ci", {
  protocol: "oidc",
  purpose: "workload",
  issuer: "https://ci.example.com",
  audiences: ["x"],
  trusted: [],
});
export const CONNECTIONS = [okta, connection("entra"), ci];
export const NETWORKS = { office: ["192.0.2.0/24"] };

interface Asked {
  readonly who?: Partial<Identity>;
  readonly connections?: readonly Connection[];
  readonly now?: number;
  readonly sourceIp?: string;
}

/** What these rules decide; rules are written as what differs from an allow of Admin in one account to group `sre`. */
export function decided(rules: readonly object[], asked: Asked = {}): Decision {
  const compiled = rules.map((one, index) => compileRule(rule(`r${index}`, one)));
  const settings = { ...DEFAULT_SETTINGS, networks: NETWORKS };
  const { now = NOON, sourceIp } = asked;
  const at = sourceIp === undefined ? { now } : { now, sourceIp };
  return decide(person(asked.who), compiled, { ...world(asked.connections ?? CONNECTIONS), settings }, at);
}

/** Roles as `account/role`. */
export const given = (rules: readonly object[], asked: Asked = {}): string[] =>
  decided(rules, asked).roles.map(({ accountId, role }) => `${accountId}/${role}`);

export const ADMIN = ["111111111111/Admin"];
export const DENY = { effect: "deny", grant: { roles: ["*"], accounts: ["ou:/**"] } };
/** Groups could not be looked up. */
export const blind = { claims: {}, unknown: ["groups"] };
export const groups = (...values: string[]) => ({ claims: { groups: values } });

/** What a condition comes to for one person. */
export function truth(condition: unknown, { who = {}, now = NOON, sourceIp }: Asked = {}): Truth {
  const at = sourceIp === undefined ? { now } : { now, sourceIp };
  return prepare(v.parse(Condition, condition)).judge(viewOf(person(who), okta, at, NETWORKS));
}

/** Says that a condition on groups is true of some values and false of others. */
export function fits(condition: object, of: readonly string[], notOf: readonly string[]): void {
  for (const value of of)
    assert.equal(truth({ claim: "groups", ...condition }, { who: groups("x", value) }), "true", value);
  for (const value of notOf)
    assert.equal(truth({ claim: "groups", ...condition }, { who: groups(value) }), "false", value);
}

const CONFIGURED = { ...OKTA, contexts: ["urn:low", "urn:high"] };

/** What `plan` says of one more rule, or of another object in its place. */
export function said(change: Written, now = NOON): string {
  const others = GOOD.filter(({ id }) => id !== "okta");
  const added = change.kind === undefined ? { ...SRE, id: "other", ...change } : change;
  const parsed = parseObjects([...others, CONFIGURED, { kind: "Settings", networks: NETWORKS }, added]);
  const problems =
    parsed.problems.length > 0 ? parsed.problems : lint(parsed.configuration, parsed.positions, now);
  return problems
    .map(({ severity, path, message, fix }) => `${severity} ${path.join(".")} ${message} ${fix}`)
    .join("\n");
}

export function refuses(change: Written, what: RegExp): void {
  assert.match(said(change), what);
  assert.match(said(change), /^error /m);
}
export const accepts = (change: Written): void => assert.doesNotMatch(said(change), /^error /m);

/** A sentence that is held where the whole of it can be seen: by the test of this name. */
export const heldBy = (path: string, name: string) => () => {
  const text = readFileSync(join(ROOT, path), "utf8");
  assert.ok(text.includes(name), `${path} has no test "${name}"`);
};

/** A sentence that only tells the reader something. */
export const told = () => undefined;
