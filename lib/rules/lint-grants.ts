import { isReservedClaim } from "../core/identity.ts";
import type { Problem } from "../core/problem.ts";
import type { Rule } from "../core/rule.ts";
import { capturedName } from "./captured.ts";
import type { LintContext, Report } from "./lint-context.ts";
import { claimsInTag, literalOfTag } from "./tags.ts";
import { nearest } from "./words.ts";

/** What is wrong with what a rule gives or takes away. */
export function lintGrant(rule: Rule, context: LintContext, report: Report): Problem[] {
  return [
    ...lintShape(rule, report),
    ...lintRights(rule, context, report),
    ...lintRoles(rule, context, report),
    ...lintAccounts(rule, context, report),
    ...lintPairs(rule, context, report),
    ...lintScopes(rule, context, report),
    ...lintTags(rule, context, report),
    ...lintPolicies(rule, report),
  ];
}

/** What only narrows sessions has no meaning where none are given. */
const NARROWING = ["sessionSeconds", "tags", "sourceIdentity", "policy", "policyArns", "scopes"] as const;

function lintShape({ effect, grant }: Rule, report: Report): Problem[] {
  const { roles, accounts, broker } = grant;
  const problems: Problem[] = [];
  if (roles !== undefined && accounts === undefined)
    problems.push(
      report(
        ["grant"],
        "`roles` without `accounts` means nowhere.",
        "Add `accounts`, such as `ou:/prod/**`.",
      ),
    );
  const bounds = broker?.includes("editor") === true;
  if (accounts !== undefined && roles === undefined && !bounds)
    problems.push(report(["grant"], "`accounts` without `roles` means nothing.", "Add `roles`."));
  if (roles === undefined && accounts === undefined && broker === undefined)
    problems.push(report(["grant"], "This rule has no effect.", "Add `roles` and `accounts`, or `broker`."));
  const useless = NARROWING.find((field) => grant[field] !== undefined);
  if (effect === "deny" && useless !== undefined)
    problems.push(
      report(
        ["grant", useless],
        `A deny only takes away; \`${useless}\` has no meaning in it.`,
        "Remove it.",
      ),
    );
  if (effect === "eligible" && broker !== undefined)
    problems.push(
      report(
        ["grant", "broker"],
        "Nobody can ask to administer the broker.",
        "Write `effect: allow` with conditions that hold for administrators alone, or remove it.",
      ),
    );
  return problems;
}

/** Bounds are an editor's alone, and must not be taken for what a role is given in. */
function lintRights({ effect, grant }: Rule, context: LintContext, report: Report): Problem[] {
  const { broker = [], roles, accounts, connections } = grant;
  const unknown = (connections ?? []).flatMap((id, index) => {
    if (context.connections.has(id)) return [];
    const like = nearest(id, [...context.connections.keys()]);
    const fix = like === undefined ? "Name a connection that is there." : `Did you mean \`${like}\`?`;
    return [report(["grant", "connections", index], `There is no connection \`${id}\`.`, fix)];
  });
  const bounded = connections !== undefined || (accounts !== undefined && broker.length > 0);
  if (!bounded) return unknown;
  if (effect !== "allow" || !broker.includes("editor") || broker.includes("admin") || roles !== undefined) {
    const isOld = connections === undefined && roles !== undefined && !broker.includes("editor");
    if (isOld) return unknown;
    const message = "Bounds are for `broker: [editor]` alone, in an allow that gives no roles.";
    return [
      ...unknown,
      report(["grant"], message, "Write the right, its bounds and the roles as rules of their own."),
    ];
  }
  return unknown;
}

const lintRoles = (
  { effect, grant: { roles = [] } }: Rule,
  { roleNames, roleLike }: LintContext,
  report: Report,
) =>
  roles.flatMap((name, index) => {
    const path = ["grant", "roles", index];
    if (name === "*") {
      const fix = "List the roles: one that is added later must not be given to everybody by itself.";
      return effect === "deny" ? [] : [report(path, "`*` for roles is for deny alone.", fix)];
    }
    if (capturedName(name) !== undefined || roleNames.has(name)) return [];
    const like = roleLike(name);
    const fix = like === undefined ? "Add the role, or name one that is there." : `Did you mean \`${like}\`?`;
    return [report(path, `There is no role \`${name}\`.`, fix)];
  });

const lintAccounts = ({ grant: { accounts = [] } }: Rule, { selected }: LintContext, report: Report) =>
  accounts.flatMap((selector, index) =>
    capturedName(selector) !== undefined || selected(selector).length > 0
      ? []
      : [
          report(
            ["grant", "accounts", index],
            `\`${selector}\` means no account.`,
            "Add the account, correct the selector, or remove it.",
          ),
        ],
  );

/** A role that stands in none of the accounts is a grant of nothing, and most likely not what was meant. */
function lintPairs({ grant: { roles = [], accounts = [] } }: Rule, context: LintContext, report: Report) {
  if (accounts.some((one) => capturedName(one) !== undefined)) return [];
  const there = accounts.map(context.selected).filter(({ length }) => length > 0);
  return roles.flatMap((name, index) => {
    const places = context.placesOf(name);
    const somewhere = there.some((some) => some.some((one) => places.has(one)));
    if (!context.roleNames.has(name) || there.length === 0 || somewhere) return [];
    const message = `\`${name}\` stands in none of these accounts.`;
    return [
      report(["grant", "roles", index], message, "Place the role there, or correct the accounts.", "warning"),
    ];
  });
}

const lintScopes = ({ grant: { scopes = [] } }: Rule, context: LintContext, report: Report) =>
  scopes.flatMap((id, index) =>
    context.scopes.has(id)
      ? []
      : [
          report(
            ["grant", "scopes", index],
            `There is no scope \`${id}\`.`,
            "Add the scope, or name one that is there.",
          ),
        ],
  );

const TAG_KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu;
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const MOST_TAGS = 50;

function lintTags(rule: Rule, context: LintContext, report: Report): Problem[] {
  const tags = Object.entries(rule.grant.tags ?? {});
  const problems = tags.flatMap(([key, text]) => lintTag(rule, key, text, context, report));
  if (tags.length > MOST_TAGS)
    problems.push(report(["grant", "tags"], `AWS takes at most ${MOST_TAGS} session tags.`, "Remove some."));
  return problems;
}

function lintTag(rule: Rule, key: string, text: string, context: LintContext, report: Report): Problem[] {
  const path = ["grant", "tags", key];
  const problems: Problem[] = [];
  if (!TAG_KEY.test(key))
    problems.push(
      report(
        path,
        `AWS does not take the tag key \`${key}\`.`,
        "Use letters, digits, spaces and `_.:/=+-@`, and no `aws:` in front.",
      ),
    );
  if (!TAG_TEXT.test(literalOfTag(text)))
    problems.push(
      report(
        path,
        "AWS does not take this tag value.",
        "Use letters, digits, spaces, `_.:/=+-@` and `{claims.name}`.",
      ),
    );
  const ids = typeof rule.connection === "string" ? [rule.connection] : rule.connection;
  for (const claim of claimsInTag(text))
    for (const connection of ids.flatMap((id) => context.connections.get(id) ?? []))
      if (!connection.trusted.includes(claim) || isReservedClaim(claim)) {
        const message = `${connection.id} does not mark \`${claim}\` as trusted, so it cannot become a session tag.`;
        const fix = `Add it to \`trusted\` of ${connection.id} if only administrators can set it; otherwise use another.`;
        problems.push(report(path, message, fix));
      }
  return problems;
}

/** STS counts the plain text of a session policy and the ARNs together. */
const MOST_POLICY = 2048;
const POLICY_ARN = /^arn:aws[\w-]*:iam::(?:aws|\d{12}):policy\/.+$/;

function lintPolicies({ grant: { policy, policyArns = [] } }: Rule, report: Report): Problem[] {
  const problems = policyArns.flatMap((arn, index) =>
    POLICY_ARN.test(arn)
      ? []
      : [
          report(
            ["grant", "policyArns", index],
            "This is not the ARN of a managed policy.",
            "Write `arn:aws:iam::aws:policy/ReadOnlyAccess` or one of your own.",
          ),
        ],
  );
  const size = (policy === undefined ? 0 : JSON.stringify(policy).length) + policyArns.join("").length;
  if (size > MOST_POLICY)
    problems.push(
      report(
        ["grant", policy === undefined ? "policyArns" : "policy"],
        `Policy and ARNs are ${size} characters; AWS takes ${MOST_POLICY}.`,
        "Shorten it, or use a managed policy.",
      ),
    );
  return problems;
}
