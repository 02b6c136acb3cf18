import type { WorkloadConnection } from "../core/connection.ts";

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
