import * as v from "valibot";
import { Id } from "./connection.ts";
import { AccountSelector, PolicyDocument, RoleName } from "./role.ts";

const Claim = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
const Value = v.pipe(v.string(), v.maxLength(1024));

/** One condition on one claim; any one value of the claim satisfies it. Comparison is byte-exact. */
const ClaimCondition = v.union([
  v.strictObject({ claim: Claim, equals: Value }),
  v.strictObject({ claim: Claim, in: v.pipe(v.array(Value), v.minLength(1), v.maxLength(256)) }),
  v.strictObject({ claim: Claim, startsWith: v.pipe(Value, v.minLength(1)) }),
  v.strictObject({ claim: Claim, endsWith: v.pipe(Value, v.minLength(1)) }),
  /** `*` stands for any run and `?` for one character; neither crosses `/` or `:`. */
  v.strictObject({ claim: Claim, glob: v.pipe(Value, v.minLength(1)) }),
  v.strictObject({ claim: Claim, exists: v.boolean() }),
]);

const Time = v.pipe(v.string(), v.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "write a time of day as `09:30`"));
const Day = v.picklist(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);

const SimpleCondition = v.union([
  ...ClaimCondition.options,
  v.strictObject({ mfa: v.boolean() }),
  /** Authenticated at most this long ago. */
  v.strictObject({ authAgeSeconds: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
  /** Source address within one of these ranges. */
  v.strictObject({ cidr: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(64)) }),
  /** From `from` until `until` on these days, in an IANA zone; past midnight when until <= from. */
  v.strictObject({
    timeWindow: v.strictObject({
      zone: v.string(),
      from: Time,
      until: Time,
      days: v.optional(v.pipe(v.array(Day), v.minLength(1))),
    }),
  }),
]);

/** A condition; `all`, `any` and `not` nest to depth 3. */
export type Condition =
  | v.InferOutput<typeof SimpleCondition>
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition };

export const Condition: v.GenericSchema<Condition> = v.lazy(() =>
  v.union([
    ...SimpleCondition.options,
    v.strictObject({ all: v.pipe(v.array(Condition), v.minLength(1), v.maxLength(16)) }),
    v.strictObject({ any: v.pipe(v.array(Condition), v.minLength(1), v.maxLength(16)) }),
    v.strictObject({ not: Condition }),
  ]),
);

const Grant = v.strictObject({
  /** Role names; `*` stands for every role of the accounts, in a deny only. */
  roles: v.optional(v.pipe(v.array(v.union([RoleName, v.literal("*")])), v.minLength(1))),
  accounts: v.optional(v.pipe(v.array(AccountSelector), v.minLength(1))),
  /** Longest session these roles may have through this rule. */
  sessionSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(900), v.maxValue(43_200))),
  /** Session tags: literals or `{claims.name}` of a claim the connection marks trusted. */
  tags: v.optional(
    v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(128)), v.pipe(v.string(), v.maxLength(256))),
  ),
  /** Session policy; narrows what the role may do. */
  policy: v.optional(PolicyDocument),
  policyArns: v.optional(v.pipe(v.array(v.string()), v.maxLength(10))),
  /** Whether, and within which named scopes only, sessions through this rule may exist. */
  scopes: v.optional(v.array(Id)),
  /** Rights on the broker itself. */
  broker: v.optional(v.pipe(v.array(v.picklist(["admin"])), v.minLength(1))),
});

/** Conditions on claims -> roles. An allow names its connections; `*` is for deny alone (decision 2). */
export const Rule = v.strictObject({
  kind: v.literal("Rule"),
  id: Id,
  description: v.optional(v.pipe(v.string(), v.maxLength(512))),
  connection: v.union([v.literal("*"), Id, v.pipe(v.array(Id), v.minLength(1))]),
  effect: v.picklist(["allow", "deny"]),
  when: v.pipe(v.array(Condition), v.maxLength(16)),
  grant: Grant,
  priority: v.optional(v.pipe(v.number(), v.integer(), v.minValue(-1000), v.maxValue(1000)), 0),
});
export type Rule = v.InferOutput<typeof Rule>;
