import { createHash } from "node:crypto";
import type { AuditEvent } from "../core/audit.ts";
import { Refusal } from "../core/errors.ts";
import type { Configuration } from "../core/objects.ts";
import type { Problem } from "../core/problem.ts";
import type { Epoch } from "../core/time.ts";
import type { Change } from "../rules/diff.ts";
import { fileGrants } from "../rules/granting.ts";
import { placements } from "../rules/place.ts";
import { record } from "../store/audit.ts";
import { publishEdition } from "../store/publish.ts";
import { readHead } from "../store/rules.ts";
import type { EditionFacts } from "../store/version-records.ts";
import { markApplied } from "../store/versions.ts";
import { unmeant } from "./drift.ts";
import {
  type Author,
  LOCKED_OUT,
  type Plan,
  type Planning,
  type Prepared,
  prepare,
  type Wished,
} from "./plan.ts";
import { propose, takesTwo } from "./propose.ts";

/** What became of a configuration. */
export type Outcome =
  | (Plan & { readonly outcome: "published"; readonly published: number })
  | (Plan & { readonly outcome: "unchanged" })
  | (Plan & { readonly outcome: "proposed"; readonly proposal: string; readonly expiresAt: Epoch })
  | (Plan & { readonly outcome: "refused"; readonly code: RefusedBy });

type RefusedBy =
  | "right_exceeded"
  | "configuration_invalid"
  | "tests_failed"
  | "would_lock_out"
  | "changed_by_hand";

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
  };
  /** Id of the request; the audit event carries it. */
  readonly reference: string;
}

/** What would happen, without making it happen. */
export const planRules = async (broker: Planning, wished: Wished): Promise<Plan> =>
  toPlan(await prepare(broker, await readHead(broker.table), wished));

/** What of it is told. */
export const toPlan = ({ version, changes, problems, drift }: Prepared): Plan => ({
  version,
  changes,
  problems,
  ...(drift === undefined ? {} : { drift }),
});

/**
 * Publishes a whole configuration: lint, would it lock its author out, then one new version that everybody sees at
 * once (decision 7).
 *
 * @throws {Refusal} `configuration_moved`, `publish_in_progress`; what is wrong with the configuration is an outcome.
 */
export async function publishRules(broker: Planning, publishing: Publishing): Promise<Outcome> {
  const head = await readHead(broker.table);
  const { author, ifVersion, overwrite = false } = publishing;
  if (author.actor !== "operator" && author.reach === "nothing") throw new Refusal("right_exceeded");
  if (ifVersion !== undefined && ifVersion !== head.version)
    throw new Refusal("configuration_moved", { seen: ifVersion, published: head.version });
  const prepared = await prepare(broker, head, publishing);
  const errors = prepared.problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return refuse(broker, publishing, prepared, codeOf(prepared, errors), errors.length);
  const hash = hashOf(prepared.source);
  if (hash === head.hash) {
    if (prepared.mark !== undefined) await markApplied(broker.table, prepared.mark, head.version);
    return { ...toPlan(prepared), outcome: "unchanged" };
  }
  const unasked = unmeant(prepared.drift, overwrite);
  if (unasked.length > 0) return refuse(broker, publishing, prepared, "changed_by_hand", unasked.length);
  const alone = author.actor !== "operator" && publishing.approves === undefined;
  if (alone && takesTwo(prepared.twoPerson, prepared.changes))
    return proposeInstead(broker, { ...publishing, author }, prepared, hash);
  return publish(broker, publishing, prepared, hash);
}

/** What takes two people is kept for the second. */
async function proposeInstead(
  broker: Planning,
  publishing: Publishing & { readonly author: Exclude<Author, { readonly actor: "operator" }> },
  prepared: Prepared,
  hash: string,
): Promise<Outcome> {
  const facts = factsOf(publishing, prepared);
  const { reference, author } = publishing;
  const { id, expiresAt } = await propose(broker, author, prepared, hash, { facts, reference });
  const detail = { proposal: id, hash: hash.slice(0, 16) };
  const event = { ...eventOf(broker, publishing, "config.refused"), code: "approval_needed", detail };
  await record(broker.table, event, prepared.configuration.settings.auditRetentionDays);
  return { ...toPlan(prepared), outcome: "proposed", proposal: id, expiresAt };
}

/** Of the whole, as text: one list of objects in one order. */
const hashOf = (source: readonly string[]): string =>
  createHash("sha256")
    .update(`[${source.join(",")}]`)
    .digest("base64url");

function codeOf({ beyond, red }: Prepared, errors: readonly Problem[]): RefusedBy {
  if (beyond) return "right_exceeded";
  if (red) return "tests_failed";
  return errors.includes(LOCKED_OUT) ? "would_lock_out" : "configuration_invalid";
}

async function publish(
  broker: Planning,
  publishing: Publishing,
  prepared: Prepared,
  hash: string,
): Promise<Outcome> {
  const { configuration, compiled, source, head, changes } = prepared;
  const { settings, connections, scopes, accounts } = configuration;
  const { rollbackOf, origin, approves } = publishing;
  const mark = approves === undefined ? prepared.mark : approves.mark;
  const grants = fileGrants(configuration.rules);
  const detail = {
    from: head.version,
    changes: changes.length,
    hash: hash.slice(0, 16),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    ...(origin === undefined ? {} : { origin }),
    ...(approves === undefined ? {} : { proposal: approves.proposal }),
  };
  const published = await publishEdition(
    broker.table,
    head,
    {
      buckets: new Map([...compiled.buckets, ...grants.buckets]),
      lengths: compiled.lengths,
      granting: grants.pieces,
      snapshot: {
        settings,
        connections: [...connections],
        scopes: [...scopes],
        accounts: [...accounts],
        roles: placements(configuration),
      },
      source,
      hash,
      facts: factsOf(publishing, prepared),
      ...(mark === undefined ? {} : { mark }),
    },
    broker.clock.now(),
    // Before anybody sees it: no version is in force without its event. One that HEAD lists as aborted never was.
    (version) =>
      record(
        broker.table,
        { ...eventOf(broker, publishing, "config.published"), version, detail },
        settings.auditRetentionDays,
      ),
  );
  return { ...toPlan(prepared), outcome: "published", published };
}

function factsOf(
  { author, message, rollbackOf, origin, approves }: Publishing,
  prepared: Prepared,
): EditionFacts {
  const count = (what: Change["what"]) => prepared.changes.filter((one) => one.what === what).length;
  return {
    by: approves?.by ?? byOf(author),
    ...(approves === undefined ? {} : { approvedBy: byOf(author) }),
    counts: countsOf(prepared.configuration),
    changes: { added: count("added"), changed: count("changed"), removed: count("removed") },
    ...(message === undefined ? {} : { message }),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    ...(origin === undefined ? {} : { origin }),
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

async function refuse(
  broker: Planning,
  publishing: Publishing,
  prepared: Prepared,
  code: RefusedBy,
  errors: number,
): Promise<Outcome> {
  const event = { ...eventOf(broker, publishing, "config.refused"), code, detail: { errors } };
  await record(broker.table, event, prepared.configuration.settings.auditRetentionDays);
  return { ...toPlan(prepared), outcome: "refused", code };
}

/** An event of a change, as far as who asks says it. */
export const eventOf = (
  { clock }: Planning,
  { author, reference }: Publishing,
  kind: AuditEvent["kind"],
): AuditEvent => ({
  schema: 1,
  id: reference,
  at: clock.now(),
  kind,
  actor: author.actor,
  ...(author.actor === "operator"
    ? {}
    : { personId: author.personId, connection: author.identity.connection }),
});
