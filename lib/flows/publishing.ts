import type { Configuration } from "../core/objects.ts";
import type { Epoch } from "../core/time.ts";
import type { Asker } from "../store/kept.ts";
import type { EditionFacts } from "../store/version-records.ts";
import type { Author, Plan, Prepared, Wished } from "./plan.ts";
import { countChanges } from "./told-plan.ts";

/** What became of a configuration. */
export type Outcome =
  | (Plan & {
      readonly outcome: "published";
      readonly published: number;
      /** Connections that are new or changed. */
      readonly connections: readonly string[];
    })
  | (Plan & { readonly outcome: "unchanged" })
  | (Plan & {
      readonly outcome: "proposed";
      readonly proposal: string;
      readonly expiresAt: Epoch;
      readonly dueAt?: Epoch;
    })
  | (Plan & { readonly outcome: "scheduled"; readonly scheduled: string; readonly dueAt: Epoch })
  | (Plan & { readonly outcome: "refused"; readonly code: RefusedBy });

export type RefusedBy =
  | "right_exceeded"
  | "configuration_invalid"
  | "tests_failed"
  | "would_lock_out"
  | "changed_by_hand"
  | "approval_needed";

export interface Publishing extends Wished {
  /** The version the author saw when deciding. */
  readonly ifVersion?: number;
  readonly message?: string;
  /** The version whose content this is again. */
  readonly rollbackOf?: number;
  /** Which changes of others it may take back: all, or those named `Kind/id`. */
  readonly overwrite?: boolean | readonly string[];
  /** The proposal of somebody else that this agrees to. */
  readonly approves?: {
    readonly proposal: string;
    readonly by: EditionFacts["by"];
    /** Under what the files of whoever proposed are remembered. */
    readonly mark?: string;
    /** Whoever proposed, where they are decided anew when it is due. */
    readonly asker?: Asker;
  };
  /** When it shall take effect; at once where absent. Whether it could be published is asked now all the same. */
  readonly dueAt?: Epoch;
  /** What was scheduled and is due now. `going` fails where somebody else took it over: then it is not published. */
  readonly scheduled?: { readonly id: string; readonly going: (version: number) => Promise<void> };
  /** Id of the request; the audit event carries it. */
  readonly reference: string;
}

/** What a version is told with. */
export function factsOf(
  { author, message, rollbackOf, origin, approves, scheduled }: Publishing,
  prepared: Prepared,
): EditionFacts {
  return {
    by: approves?.by ?? byOf(author),
    ...(approves === undefined ? {} : { approvedBy: byOf(author) }),
    counts: countsOf(prepared.configuration),
    changes: countChanges(prepared.changes),
    ...(message === undefined ? {} : { message }),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    ...(origin === undefined ? {} : { origin }),
    ...(scheduled === undefined ? {} : { scheduled: scheduled.id }),
  };
}

/** People without their names: a version is kept for ever, and a name must be erasable. */
function byOf(author: Author): EditionFacts["by"] {
  if (author.actor === "operator") return { actor: author.actor, name: author.name };
  const { actor, personId, name, identity } = author;
  const known = { actor, personId, connection: identity.connection };
  return actor === "workload" ? { ...known, name } : known;
}

const countsOf = ({
  connections,
  accounts,
  roles,
  rules,
  scopes,
  tests,
  invariants,
}: Configuration): Record<string, number> => ({
  connections: connections.length,
  accounts: accounts.length,
  roles: roles.length,
  rules: rules.length,
  scopes: scopes.length,
  tests: tests.length,
  invariants: invariants.length,
});
