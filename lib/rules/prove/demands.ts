import type { Connection } from "../../core/connection.ts";
import type { PlacedRole } from "../../core/role.ts";
import type { CompiledRule } from "../../core/rule-set.ts";
import type { World } from "../../core/world.ts";
import { capturedName, isCaptured, sourcesIn } from "../captured.ts";
import { claimsInSourceIdentity } from "../source-identity.ts";
import { claimsInTag } from "../tags.ts";
import { accountsOf } from "../targets.ts";
import { filling } from "./conditions.ts";
import { ALWAYS, type Formula, formulaOf, literal, NEVER } from "./formula.ts";
import { madeOf, type Texts } from "./texts.ts";

/** That a rule is in force and every condition of it is true. */
export const holds = (rule: CompiledRule, connection: Connection): Formula => ({
  all: [inForce(rule, true), ...rule.when.map((one) => formulaOf(one, "true", connection))],
});

/** That a deny takes nothing away: it is not in force, or some condition of it is false. */
export const fails = (rule: CompiledRule, connection: Connection): Formula => ({
  any: [inForce(rule, false), ...rule.when.map((one) => formulaOf(one, "false", connection))],
});

function inForce({ from, until }: CompiledRule, inside: boolean): Formula {
  if (from === undefined && until === undefined) return inside ? ALWAYS : NEVER;
  const now = { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
  return literal({ now, inside });
}

/** That what a session of this rule takes from claims is there. */
export function filled({ grant }: CompiledRule, connection: Connection): Formula {
  const tags = Object.values(grant.tags ?? {}).flatMap((text) => claimsInTag(text));
  const identity = grant.sourceIdentity === undefined ? [] : claimsInSourceIdentity(grant.sourceIdentity);
  return {
    all: [
      ...tags.map((claim) => oneValue(claim, TAG_VALUE, connection)),
      ...identity.map((claim) => oneValue(claim, IDENTITY_VALUE, connection)),
    ],
  };
}

const oneValue = (claim: string, texts: Texts, { trusted, claims }: Connection): Formula =>
  trusted.includes(claim) && Object.hasOwn(claims, claim) ? literal({ claim, is: "one", texts }) : NEVER;

const fits =
  (pattern: RegExp) =>
  (code: number): boolean =>
    pattern.test(String.fromCharCode(code));
const TAG_VALUE = madeOf("tag", [{ accepts: fits(/[\p{L}\p{Z}\p{N}_.:/=+\-@]/u), often: true }], "");
const WORD = fits(/[\w-]/);
const IDENTITY_VALUE = madeOf("source identity", [{ accepts: WORD }, { accepts: WORD, often: true }], "");

/** That a rule which takes what it gives from a template gives just this: some value says so. */
export function captures(rule: CompiledRule, placed: PlacedRole, world: World): Formula {
  if (!isCaptured(rule)) return ALWAYS;
  const { roles = [], accounts = [] } = rule.grant;
  const ways = roles.flatMap((role) =>
    accounts.flatMap((account) => {
      const fields = fieldsFor(role, account, placed, world);
      return fields === undefined ? [] : [fields];
    }),
  );
  return { any: ways.map((fields) => someValue(rule, fields)) };
}

type Fields = Readonly<Record<string, string>>;

function fieldsFor(role: string, account: string, placed: PlacedRole, world: World): Fields | undefined {
  const [ofRole, ofAccount] = [capturedName(role), capturedName(account)];
  if (ofRole === undefined && role !== placed.name) return undefined;
  if (ofAccount === undefined && !accountsOf(world, account).has(placed.accountId)) return undefined;
  if (ofRole !== undefined && ofRole === ofAccount)
    return placed.name === placed.accountId ? { [ofRole]: role } : undefined;
  return {
    ...(ofRole === undefined ? {} : { [ofRole]: placed.name }),
    ...(ofAccount === undefined ? {} : { [ofAccount]: placed.accountId }),
  };
}

/** The template that has these fields is the first that has all that the grant asks for, as decisions have it. */
function someValue(rule: CompiledRule, fields: Fields): Formula {
  const wanted = [...(rule.grant.roles ?? []), ...(rule.grant.accounts ?? [])].flatMap(
    (one) => capturedName(one) ?? [],
  );
  const condition = rule.when.find(
    (one) =>
      "template" in one &&
      sourcesIn([one]).some(({ template }) =>
        wanted.every((name) => template.fields.some((field) => field.name === name)),
      ),
  );
  if (condition === undefined || !("template" in condition)) return NEVER;
  const texts = filling(condition.template, fields);
  return texts === undefined ? NEVER : literal({ claim: condition.claim, is: "some", texts });
}
