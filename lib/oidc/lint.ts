import type { OidcConnection, WorkloadConnection } from "../core/connection.ts";
import { isManyTenants } from "./discovery.ts";

/** What a token of an issuer that everybody shares must be pinned by, so that it speaks for one owner's one repository. */
interface SharedIssuer {
  readonly host: string;
  readonly title: string;
  /** Owner and repository, by ids that are never given to somebody else. */
  readonly ids: readonly string[];
  /** One of these, so that not every branch and fork run may speak. */
  readonly oneOf: readonly string[];
}

/**
 * @see https://docs.github.com/en/actions/reference/security/oidc
 * @see https://docs.gitlab.com/ci/secrets/id_token_authentication/
 */
const SHARED: readonly SharedIssuer[] = [
  {
    host: "token.actions.githubusercontent.com",
    title: "GitHub Actions",
    ids: ["repository_owner_id", "repository_id"],
    oneOf: ["environment", "ref"],
  },
  {
    host: "gitlab.com",
    title: "GitLab.com",
    ids: ["namespace_id", "project_id"],
    oneOf: ["environment", "ref"],
  },
];

/**
 * What is wrong with a workload connection, in sentences for whoever wrote it; empty when nothing is.
 *
 * Tokens of a shared issuer are signed by one key for all its customers: only pinned claims tell ours from anybody's.
 */
export function lintWorkload({ id, issuer, pinned }: WorkloadConnection): string[] {
  const shared = SHARED.find(({ host }) => host === new URL(issuer).hostname);
  if (shared === undefined) return [];
  const isPinned = (name: string) => Object.hasOwn(pinned, name) && pinned[name]?.length !== 0;
  const missing = shared.ids.filter((name) => !isPinned(name));
  const problems = missing.map(
    (name) =>
      `Connection ${id}: ${shared.title} signs for everybody; add \`${name}\` to \`pinned\` with its number, quoted.`,
  );
  if (!shared.oneOf.some(isPinned))
    problems.push(
      `Connection ${id}: ${shared.title} signs for every branch; add \`${shared.oneOf.join("` or `")}\` to \`pinned\`.`,
    );
  return problems;
}

type Groups = OidcConnection["groups"];

/** What a group look-up needs and does not have. */
function lintGroups(
  { from, credential, actAs }: Groups,
  { clientSecret, privateKeyJwt }: OidcConnection,
): string[] {
  const needs: readonly [lacks: boolean, sentence: string][] = [
    [
      from === "graph" && clientSecret === undefined && privateKeyJwt === undefined,
      "groups from Graph need `clientSecret` or `privateKeyJwt`.",
    ],
    [
      (from === "directory" || from === "okta") && credential === undefined,
      "the group look-up needs `groups.credential`, a reference to its secret.",
    ],
    [
      from === "directory" && actAs === undefined,
      "groups from the Directory API need `groups.actAs`, the administrator the service account acts as.",
    ],
  ];
  return needs.flatMap(([lacks, sentence]) => (lacks ? [sentence] : []));
}

/**
 * What is wrong with a connection of people, in sentences for whoever wrote it; empty when nothing is.
 *
 * An issuer that everybody can have an account at needs a list of whose accounts are meant.
 */
export function lintOidc(connection: OidcConnection): string[] {
  const { id, issuer, tenants, hostedDomains, groups } = connection;
  const problems = lintGroups(groups, connection);
  if (isManyTenants(issuer) && (tenants ?? []).length === 0)
    problems.push("this issuer stands for every Entra tenant; add `tenants` with the ids that are yours.");
  if (new URL(issuer).hostname === "accounts.google.com" && (hostedDomains ?? []).length === 0)
    problems.push(
      "this issuer stands for every Google account; add `hostedDomains` with the domains that are yours.",
    );
  return problems.map((problem) => `Connection ${id}: ${problem}`);
}
