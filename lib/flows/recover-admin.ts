import { createHash } from "node:crypto";
import type { AuditEvent } from "../core/audit.ts";
import { Refusal } from "../core/errors.ts";
import type { Written } from "../rules/diff.ts";
import { record } from "../store/audit.ts";
import { readHead } from "../store/rules.ts";
import { type Author, currentObjects, type Planning } from "./plan.ts";
import { eventOf, publishRules } from "./publish-rules.ts";

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
  const publishing = {
    objects,
    author,
    message: "Recovered administration",
    reference,
    promises: "not asked",
  } as const;
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
