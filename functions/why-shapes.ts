import * as v from "valibot";
import { RoleName } from "../lib/core/role.ts";

const Text = v.string();
const Whole = v.pipe(v.number(), v.integer());
const Truth = v.picklist(["true", "false", "unknown"]);

/** The role that is asked about: the account by id or by name. */
export const Question = v.object({
  account: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  role: RoleName,
  lang: v.optional(v.pipe(v.string(), v.maxLength(16))),
});

const Missing = v.looseObject({ remedy: Text, why: v.optional(Text), at: v.optional(Whole) });

/** Why somebody has a role, or has not. */
export const Explained = v.looseObject({
  version: Whole,
  at: Whole,
  accountId: Text,
  accountName: v.optional(Text),
  role: Text,
  outcome: v.picklist(["granted", "denied", "eligible", "not_granted"]),
  obstacle: v.optional(
    v.picklist(["account_unknown", "role_unknown", "connection_unknown", "connection_disabled"]),
  ),
  claims: v.array(v.looseObject({ name: Text, values: v.array(Text), why: v.optional(Text) })),
  rules: v.array(
    v.looseObject({
      rule: Text,
      effect: v.picklist(["allow", "deny", "eligible"]),
      truth: Truth,
      does: v.picklist(["gives", "takes", "lets_ask", "nothing"]),
      shadow: v.optional(v.boolean()),
      terms: v.array(v.looseObject({ text: Text, truth: Truth, why: v.optional(Text) })),
      missing: v.array(Missing),
    }),
  ),
  more: v.strictObject({ doing: Whole, nothing: Whole, denies: Whole, inShadow: Whole }),
  elsewhere: v.array(Text),
  partial: v.boolean(),
  contact: Text,
  seenAt: v.optional(Whole),
  text: v.strictObject({
    headline: Text,
    nearest: v.optional(Text),
    next: v.array(Text),
    rules: v.array(
      v.strictObject({ title: Text, terms: v.array(v.strictObject({ truth: Truth, text: Text })) }),
    ),
    claims: v.array(Text),
  }),
});
