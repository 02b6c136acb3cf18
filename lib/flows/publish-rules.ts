import { createHash } from "node:crypto";
import type { AuditEvent } from "../core/audit.ts";
import { Refusal } from "../core/errors.ts";
import type { Configuration } from "../core/objects.ts";
import type { Problem } from "../core/problem.ts";
import type { Written } from "../rules/diff.ts";
import { placements } from "../rules/place.ts";
import { record } from "../store/audit.ts";
import { publishEdition } from "../store/publish.ts";
import { readHead } from "../store/rules.ts";
import {
  type Author,
  currentObjects,
  LOCKED_OUT,
  type Plan,
  type Planning,
  type Prepared,
  prepare,
} from "./plan.ts";

/** What became of a configuration. */
export type Outcome =
  | (Plan & { readonly outcome: "published"; readonly published: number })
  | (Plan & { readonly outcome: "unchanged" })
  | (Plan & { readonly outcome: "refused"; readonly code: "configuration_invalid" | "would_lock_out" });

export interface Publishing {
  /** The whole configuration, as sent. */
  readonly objects: readonly unknown[];
  readonly author: Author;
  /** The version the author saw when deciding. */
  readonly ifVersion?: number;
  readonly message?: string;
  /** Id of the request; the audit event carries it. */
  readonly reference: string;
}

/** What would happen, without making it happen. */
export async function planRules(
  broker: Planning,
  objects: readonly unknown[],
  author: Author,
): Promise<Plan> {
  return toPlan(await prepare(broker, await readHead(broker.table), objects, author));
}

const toPlan = ({ version, changes, problems }: Prepared): Plan => ({ version, changes, problems });

/**
 * Publishes a whole configuration: lint, would it lock its author out, then one new version that everybody sees at
 * once (decision 7).
 *
 * @throws {Refusal} `configuration_moved`, `publish_in_progress`; what is wrong with the configuration is an outcome.
 */
export async function publishRules(broker: Planning, publishing: Publishing): Promise<Outcome> {
  const head = await readHead(broker.table);
  const { objects, author, ifVersion } = publishing;
  if (ifVersion !== undefined && ifVersion !== head.version)
    throw new Refusal("configuration_moved", { seen: ifVersion, published: head.version });
  const prepared = await prepare(broker, head, objects, author);
  const errors = prepared.problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return refuse(broker, publishing, prepared, errors);
  const hash = createHash("sha256").update(prepared.source).digest("base64url");
  if (hash === head.hash) return { ...toPlan(prepared), outcome: "unchanged" };
  return publish(broker, publishing, prepared, hash);
}

async function publish(
  broker: Planning,
  publishing: Publishing,
  prepared: Prepared,
  hash: string,
): Promise<Outcome> {
  const { configuration, compiled, source, head, changes } = prepared;
  const { settings, connections, scopes, accounts } = configuration;
  const detail = { from: head.version, changes: changes.length, hash: hash.slice(0, 16) };
  const published = await publishEdition(
    broker.table,
    head,
    {
      buckets: compiled.buckets,
      lengths: compiled.lengths,
      snapshot: {
        settings,
        connections: [...connections],
        scopes: [...scopes],
        accounts: [...accounts],
        roles: placements(configuration),
      },
      source,
      hash,
      author: publishing.author.name,
      counts: countsOf(configuration),
      ...(publishing.message === undefined ? {} : { message: publishing.message }),
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

const countsOf = ({
  connections,
  accounts,
  roles,
  rules,
  scopes,
}: Configuration): Record<string, number> => ({
  connections: connections.length,
  accounts: accounts.length,
  roles: roles.length,
  rules: rules.length,
  scopes: scopes.length,
});

async function refuse(
  broker: Planning,
  publishing: Publishing,
  prepared: Prepared,
  errors: readonly Problem[],
): Promise<Outcome> {
  const code = errors.includes(LOCKED_OUT) ? "would_lock_out" : "configuration_invalid";
  const event = { ...eventOf(broker, publishing, "config.refused"), code, detail: { errors: errors.length } };
  await record(broker.table, event, prepared.configuration.settings.auditRetentionDays);
  return { ...toPlan(prepared), outcome: "refused", code };
}

const eventOf = (
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

/**
 * Lets somebody administer again, by a rule of its own on top of what is published. For whoever may invoke the
 * function by IAM, and recorded as what it is (decision 6).
 *
 * @param who The connection and the stable subject of whom to let in.
 * @throws {Refusal} `connection_unknown`, `configuration_invalid`.
 */
export async function recoverAdmin(
  broker: Planning,
  who: { readonly connection: string; readonly subject: string },
  reference: string,
): Promise<{ readonly version: number; readonly rule: string }> {
  const head = await readHead(broker.table);
  const current = await currentObjects(broker.table, head);
  const connection = current.find(({ kind, id }) => kind === "Connection" && id === who.connection);
  if (connection === undefined) throw new Refusal("connection_unknown", { connection: who.connection });
  const rule = recoveryRule(who);
  const others = current.filter(({ kind, id }) => kind !== "Rule" || id !== rule.id);
  const author: Author = { actor: "operator", name: "recovery" };
  const objects: Written[] = [...others, rule];
  const publishing = { objects, author, message: "Recovered administration", reference };
  const outcome = await publishRules(broker, publishing);
  if (outcome.outcome === "refused")
    throw new Refusal("configuration_invalid", { recovery: outcome.problems.length });
  const version = outcome.outcome === "published" ? outcome.published : outcome.version;
  const event: AuditEvent = {
    ...eventOf(broker, publishing, "admin.recovered"),
    id: `${reference}-recovery`,
    version,
    rules: [rule.id],
    connection: who.connection,
  };
  await record(broker.table, event, 3653);
  return { version, rule: rule.id };
}

/** One rule per person: recovering twice is recovering once. */
function recoveryRule({ connection, subject }: { readonly connection: string; readonly subject: string }) {
  const mark = createHash("sha256").update(`${connection}\n${subject}`).digest("hex").slice(0, 12);
  return {
    kind: "Rule",
    id: `recovery-${mark}`,
    description: "Made by `sekisho recover`. Remove it once administration is in order again.",
    connection,
    effect: "allow",
    when: [{ claim: "subject", equals: subject }],
    grant: { broker: ["admin"] },
  };
}
