import * as v from "valibot";
import { Impact } from "../../lib/core/impact.ts";

/** What the admin API answers, for its description. Replies of every test are held against it. */

const Text = v.string();
const Whole = v.pipe(v.number(), v.integer());

export const Change = v.strictObject({
  what: v.picklist(["added", "changed", "removed"]),
  kind: Text,
  id: Text,
  fields: v.array(
    v.strictObject({ path: Text, before: v.optional(v.unknown()), after: v.optional(v.unknown()) }),
  ),
});

const Counts = v.strictObject({ added: Whole, changed: Whole, removed: Whole });
/** What an answer left out: how many changes there are in all, and from which one to ask on. */
export const Rest = v.strictObject({ all: Counts, next: v.optional(Whole) });

const Problem = v.strictObject({
  severity: v.picklist(["error", "warning"]),
  kind: Text,
  id: Text,
  path: v.array(v.union([Text, v.number()])),
  message: Text,
  fix: Text,
  index: v.optional(Whole),
});

export const Version = v.strictObject({
  version: Whole,
  state: v.picklist(["published", "unfinished", "aborted"]),
  base: Whole,
  at: Whole,
  hash: Text,
  author: v.strictObject({
    actor: v.picklist(["person", "workload", "operator"]),
    personId: v.optional(Text),
    connection: v.optional(Text),
    name: v.optional(Text),
  }),
  approver: v.optional(v.looseObject({ actor: Text })),
  message: v.optional(Text),
  counts: v.record(Text, Whole),
  changes: Counts,
  rollbackOf: v.optional(Whole),
  origin: v.optional(Text),
  scheduled: v.optional(Text),
});

const Person = v.strictObject({
  actor: v.picklist(["person", "workload", "operator"]),
  personId: v.optional(Text),
  connection: v.optional(Text),
  name: v.optional(Text),
});

export const Proposal = v.strictObject({
  id: Text,
  state: v.picklist(["open", "published", "scheduled", "rejected", "expired", "outdated"]),
  author: Person,
  at: Whole,
  expiresAt: Whole,
  base: Whole,
  hash: Text,
  changes: Counts,
  message: v.optional(Text),
  origin: v.optional(Text),
  rollbackOf: v.optional(Whole),
  dueAt: v.optional(Whole),
});

/** What became of what was scheduled. */
export const SCHEDULED_STATES = ["open", "publishing", "published", "failed", "cancelled"] as const;
export const Scheduled = v.strictObject({
  id: Text,
  state: v.picklist(SCHEDULED_STATES),
  author: Person,
  approver: v.optional(Person),
  at: Whole,
  dueAt: Whole,
  base: Whole,
  hash: Text,
  changes: v.strictObject({ added: Whole, changed: Whole, removed: Whole }),
  message: v.optional(Text),
  origin: v.optional(Text),
  rollbackOf: v.optional(Whole),
  overwrite: v.optional(v.union([v.boolean(), v.array(Text)])),
  proposal: v.optional(Text),
  version: v.optional(Whole),
  code: v.optional(Text),
  endedAt: v.optional(Whole),
});

const Drift = v.strictObject({
  since: Whole,
  changes: v.array(
    v.strictObject({ ...Change.entries, fate: v.picklist(["kept", "undone", "overwritten"]) }),
  ),
  rest: v.optional(Rest),
  versions: v.array(Version),
});

const plan = {
  version: Whole,
  changes: v.array(Change),
  rest: v.optional(Rest),
  problems: v.array(Problem),
  unreadable: v.optional(v.literal(true)),
  drift: v.optional(Drift),
};
export const Plan = v.strictObject({ ...plan, impact: v.optional(Impact) });

export const Published = v.strictObject({
  ...plan,
  outcome: v.picklist(["published", "unchanged", "proposed", "scheduled"]),
  published: v.optional(Whole),
  proposal: v.optional(Text),
  expiresAt: v.optional(Whole),
  scheduled: v.optional(Text),
  dueAt: v.optional(Whole),
  reference: Text,
});

export const Objects = v.strictObject({
  version: Whole,
  objects: v.array(v.record(Text, v.unknown())),
  cursor: v.optional(Text),
});

const Key = v.strictObject({
  fingerprint: Text,
  seenAt: Whole,
  endsAt: v.optional(Whole),
  pending: v.optional(v.boolean()),
  agreedAt: v.optional(Whole),
});
export const Keys = v.strictObject({ keys: v.array(Key) });

export const Connection = v.strictObject({
  id: Text,
  protocol: Text,
  purpose: Text,
  enabled: v.boolean(),
  refreshedAt: v.optional(Whole),
  failedWith: v.optional(Text),
  entityId: v.optional(Text),
  validUntil: v.optional(Whole),
  keys: v.array(Key),
});

/** A decision; what rules said of it may grow. */
export const Decision = v.looseObject({
  version: Whole,
  roles: v.array(v.looseObject({ accountId: Text, role: Text, rules: v.array(Text) })),
  denied: v.array(v.looseObject({ accountId: Text, role: Text, rules: v.array(Text) })),
  broker: v.array(Text),
  reasons: v.array(v.looseObject({ rule: Text, effect: Text, truth: Text })),
});
