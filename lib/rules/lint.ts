import type { Connection, SamlConnection } from "../core/connection.ts";
import { isReservedClaim } from "../core/identity.ts";
import type { ConfigObject, Configuration } from "../core/objects.ts";
import { iamNameOf, placeRole } from "../core/placing.ts";
import type { Problem } from "../core/problem.ts";
import type { Role, Scope } from "../core/role.ts";
import type { Epoch } from "../core/time.ts";
import { tellFew } from "./few.ts";
import { contextOf, type LintContext, placedIn, reporterOf } from "./lint-context.ts";
import { lintNetworks } from "./lint-operators.ts";
import { lintPromises } from "./lint-promises.ts";
import { lintRule } from "./lint-rules.ts";
import { lintTextsOf } from "./lint-texts.ts";
import { lintTwoPeople } from "./lint-two-people.ts";

/**
 * What is wrong with a configuration whose objects have their shapes: references to nothing, names given twice, and
 * rules that do not do what they seem to.
 *
 * @param positions Where each object stood among those that were sent.
 * @param now Rules that have ended, or are about to, are told where it is known.
 */
export function lint(
  configuration: Configuration,
  positions: ReadonlyMap<object, number>,
  now?: Epoch,
): Problem[] {
  const context = contextOf(configuration, positions, now);
  return tellFew(lintAll(context));
}

function* lintAll(context: LintContext): Generator<readonly Problem[]> {
  const { connections, accounts, scopes, rules } = context.configuration;
  yield lintTwice(context);
  for (const connection of connections) yield lintConnection(connection, context);
  for (const account of accounts) yield lintTextsOf(account, ["tags"], context);
  yield lintRoles(context);
  for (const scope of scopes) yield lintScope(scope, context);
  yield lintNetworks(context);
  yield lintTwoPeople(context);
  for (const rule of rules) yield lintRule(rule, context);
  yield lintPromises(context);
}

/** Objects that must not share a name: everything but roles, whose places are compared instead. */
function lintTwice(context: LintContext): Problem[] {
  const seen = new Map<ConfigObject["kind"], Set<string>>();
  const problems: Problem[] = [];
  for (const object of context.positions.keys() as Iterable<ConfigObject>) {
    if (object.kind === "Role") continue;
    const id = object.kind === "Settings" ? "" : object.id;
    const ids = seen.get(object.kind) ?? new Set();
    seen.set(object.kind, ids);
    if (ids.has(id)) problems.push(secondOf(object, id, context));
    else ids.add(id);
  }
  return problems;
}

function secondOf(object: ConfigObject, id: string, context: LintContext): Problem {
  const isSettings = object.kind === "Settings";
  const fix = isSettings ? "Put everything into one." : "Rename one of them, or remove it.";
  const name = isSettings ? object.kind : `${object.kind} ${id}`;
  return reporterOf(object, context)(["id"], `There is a second ${name}.`, fix);
}

function lintConnection(connection: Connection, context: LintContext): Problem[] {
  const report = reporterOf(connection, context);
  const reserved = Object.keys(connection.claims)
    .filter((name) => isReservedClaim(name) || name === "__proto__")
    .map((name) =>
      report(["claims", name], `\`${name}\` is set by the broker alone.`, "Give the claim another name."),
    );
  const untold = connection.trusted.flatMap((name, index) =>
    Object.hasOwn(connection.claims, name)
      ? []
      : [
          report(
            ["trusted", index],
            `\`${name}\` is not in \`claims\`.`,
            "Map it in `claims`, or remove it here.",
          ),
        ],
  );
  const provider = connection.protocol === "saml" ? lintSaml(connection, context) : [];
  const texts = lintTextsOf(connection, ["claims", "trusted", "contexts"], context);
  return [...reserved, ...untold, ...provider, ...texts];
}

function lintSaml(connection: SamlConnection, context: LintContext): Problem[] {
  const report = reporterOf(connection, context);
  const { metadata, issuer, ssoUrl, certificates } = connection;
  const byHand = issuer !== undefined && ssoUrl !== undefined && (certificates ?? []).length > 0;
  const anyByHand = issuer !== undefined || ssoUrl !== undefined || certificates !== undefined;
  const fix = "Give `metadata: { url: ... }`, or `issuer`, `ssoUrl` and `certificates`.";
  if (metadata === undefined && !byHand) return [report([], "It is not said whom to trust.", fix)];
  if (metadata !== undefined && anyByHand)
    return [
      report(
        ["metadata"],
        "Metadata and values by hand are both given; only one can be right.",
        "Remove `issuer`, `ssoUrl` and `certificates`, or `metadata`.",
      ),
    ];
  if (metadata !== undefined && "file" in metadata)
    return [
      report(
        ["metadata", "file"],
        "The broker cannot read your files.",
        "Apply with the CLI, which sends what the file holds.",
      ),
    ];
  return [];
}

const IAM_NAME = /^[\w+=,.@-]{1,64}$/;

function lintRoles(context: LintContext): Problem[] {
  const places = new Map<string, Role>();
  const arns = new Map<string, string>();
  return context.configuration.roles.flatMap((role) => [
    ...lintRole(role, context),
    ...lintPlaces(role, context, places, arns),
  ]);
}

function lintRole(role: Role, context: LintContext): Problem[] {
  const report = reporterOf(role, context);
  const nowhere = role.accounts.flatMap((selector, index) =>
    context.selected(selector).length > 0
      ? []
      : [
          report(
            ["accounts", index],
            `\`${selector}\` means no account.`,
            "Add the account, correct the selector, or remove it.",
          ),
        ],
  );
  if (IAM_NAME.test(iamNameOf(role))) return nowhere;
  return [
    ...nowhere,
    report(["name"], "IAM does not take this name.", "Add `roleName`, the role's name in IAM."),
  ];
}

/** One record per name and account (decision 5); and two names for one IAM role deserve a second look. */
function lintPlaces(
  role: Role,
  context: LintContext,
  places: Map<string, Role>,
  arns: Map<string, string>,
): Problem[] {
  const report = reporterOf(role, context);
  const problems: Problem[] = [];
  for (const account of placedIn(role, context)) {
    const place = `${role.name} in ${account.id}`;
    const { roleArn } = placeRole(role, account);
    const other = arns.get(roleArn);
    if (places.has(place))
      problems.push(
        report(
          ["accounts"],
          `There is a second role ${place}.`,
          "Let the accounts of the two not overlap, or rename one.",
        ),
      );
    else if (other !== undefined)
      problems.push(
        report(
          ["roleName"],
          `${roleArn} is also called ${other}.`,
          "Give one of them up, or leave it if it is meant.",
          "warning",
        ),
      );
    places.set(place, role);
    arns.set(roleArn, role.name);
    if (problems.length >= MOST_OF_ONE) break;
  }
  return problems;
}

/** Enough of one kind to see the pattern. */
const MOST_OF_ONE = 5;

const PLACE = /\{([^{}]*)\}/g;

function lintScope(scope: Scope, context: LintContext): Problem[] {
  const report = reporterOf(scope, context);
  const problems: Problem[] = [];
  if (scope.policy === undefined && (scope.policyArns ?? []).length === 0)
    problems.push(report([], "This scope says nothing.", "Add `policy` or `policyArns`."));
  const places = [...JSON.stringify(scope.policy?.Statement ?? []).matchAll(PLACE)].map(
    ([, name]) => name ?? "",
  );
  const used = places.filter((name) => /^[a-z][A-Za-z0-9]*$/.test(name));
  for (const name of new Set(used))
    if (!Object.hasOwn(scope.parameters, name))
      problems.push(
        report(
          ["policy"],
          `\`{${name}}\` is not a parameter.`,
          `Add \`${name}\` to \`parameters\` with a pattern.`,
        ),
      );
  for (const name of Object.keys(scope.parameters))
    if (!used.includes(name))
      problems.push(
        report(
          ["parameters", name],
          `\`${name}\` is used nowhere.`,
          "Use it in the policy, or remove it.",
          "warning",
        ),
      );
  return problems;
}
