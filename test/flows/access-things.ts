import type { AccessQuestion } from "../../lib/core/access.ts";
import type { AuditEvent } from "../../lib/core/audit.ts";
import type { Identity } from "../../lib/core/identity.ts";
import type { Account, Role } from "../../lib/core/role.ts";
import type { Rule } from "../../lib/core/rule.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../lib/core/settings.ts";
import { type Epoch, fixedClock } from "../../lib/core/time.ts";
import { type AccessAsked, accessPage } from "../../lib/flows/access.ts";
import type { Deciding } from "../../lib/flows/broker.ts";
import { compileRules } from "../../lib/rules/compile.ts";
import { canonical } from "../../lib/rules/diff.ts";
import { fileGrants } from "../../lib/rules/granting.ts";
import { record } from "../../lib/store/audit.ts";
import { writeIndex } from "../../lib/store/audit-index.ts";
import { publishEdition } from "../../lib/store/publish.ts";
import { openRules, readHead } from "../../lib/store/rules.ts";
import { putDigest } from "../../lib/store/seals.ts";
import { putSeen } from "../../lib/store/seen.ts";
import type { Table } from "../../lib/store/table.ts";
import { ACCOUNTS, connection, NOON, role } from "../rules/things.ts";

export interface Published {
  readonly rules: readonly Rule[];
  readonly connections?: readonly ReturnType<typeof connection>[];
  readonly roles?: readonly Role[];
  readonly accounts?: readonly Account[];
  readonly settings?: Partial<Settings>;
}

/** Publishes rules as a broker does, at an instant. */
export async function publishAt(
  table: Table,
  at: Epoch,
  {
    rules,
    connections = [connection("okta"), connection("entra")],
    roles = [role("Admin"), role("ReadOnly")],
    accounts = ACCOUNTS,
    settings = {},
  }: Published,
): Promise<number> {
  const { buckets, lengths } = compileRules(rules, connections);
  const grants = fileGrants(rules);
  const everywhere = accounts.map(({ id }) => id);
  const whole = { ...DEFAULT_SETTINGS, ...settings };
  const objects = [...connections, ...accounts, ...roles, ...rules, { ...whole, kind: "Settings" }];
  return publishEdition(
    table,
    await readHead(table),
    {
      buckets: new Map([...buckets, ...grants.buckets]),
      lengths,
      granting: grants.pieces,
      snapshot: {
        settings: whole,
        connections: [...connections],
        scopes: [],
        accounts: [...accounts],
        roles: roles.map((one) => ({ role: one, accounts: everywhere })),
      },
      source: objects.map(canonical).sort(),
      hash: String(at),
      facts: {
        by: { actor: "operator", name: "tester" },
        counts: {},
        changes: { added: 0, changed: 0, removed: 0 },
      },
    },
    at,
  );
}

/** Somebody signs in. */
export const see = (table: Table, personId: string, identity: Identity, seenAt: Epoch = NOON - 60) =>
  putSeen(table, { personId, identity, seenAt, expiresAt: NOON + 90 * 86_400 });

/** A broker that administers, at an instant. */
export const brokerAt = (
  table: Table,
  at: Epoch = NOON,
  more: Partial<Deciding["config"]> = {},
): Deciding => {
  const clock = fixedClock(at);
  const config = { url: "https://broker.example", ...more } as Deciding["config"];
  return { table, clock, config, rules: openRules(table, clock, 0), pepper: async () => "p".repeat(43) };
};

export type Pages = Awaited<ReturnType<typeof accessPage>>[];

/** Seals the trail of some time, in which these events were. */
export async function sealed(
  table: Table,
  from: Epoch,
  to: Epoch,
  events: readonly AuditEvent[] = [],
): Promise<void> {
  for (const event of events) await record(table, event, 4000);
  await writeIndex(
    table,
    events.map((one) => ({ ...one })),
    to + 4000 * 86_400,
  );
  const digest = { schema: 1, number: 1, from, to, sealedAt: to, keptUntil: to, events: 0 } as const;
  const rest = { shards: {}, late: [], previous: "0".repeat(64), key: "" };
  await putDigest(table, { digest: { ...digest, ...rest }, signature: "" });
}

/** Every page of an answer. @param between Done after each page. */
export async function pagesOf(
  broker: Deciding,
  question: AccessQuestion,
  more: Partial<AccessAsked> = {},
  {
    hasTime = () => true,
    between = async () => {},
  }: { hasTime?: () => boolean; between?: () => Promise<void> } = {},
): Promise<Pages> {
  const pages: Pages = [];
  let { position } = more;
  do {
    const asked = { question, most: 100, language: "en", ...more } as const;
    const page = await accessPage(broker, position === undefined ? asked : { ...asked, position }, hasTime);
    pages.push(page);
    position = page.next;
    await between();
  } while (position !== undefined);
  return pages;
}

/** Rows in short: who has what, how, and by which rules. */
export const shortly = (pages: Pages): string[] =>
  pages.flatMap(({ rows }) =>
    rows.map(({ personId, accountId, role: name, how, rules }) =>
      [personId, `${accountId}/${name}`, how, ...rules].join(" "),
    ),
  );
