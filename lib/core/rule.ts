import * as v from "valibot";
import { Id } from "./connection.ts";
import { BROKER_RIGHTS } from "./decision.ts";
import { AccountSelector, PolicyDocument, RoleName } from "./role.ts";
import { parseMoment } from "./time.ts";

const Claim = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
const Value = v.pipe(v.string(), v.maxLength(1024));

const Bound = v.optional(v.pipe(v.number(), v.finite()));

/** Decimal numbers within bounds. */
const Bounds = v.pipe(
  v.strictObject({ atLeast: Bound, above: Bound, atMost: Bound, below: Bound }),
  v.check(
    ({ atLeast, above, atMost, below }) =>
      (atLeast ?? above ?? atMost ?? below) !== undefined &&
      (atLeast === undefined || above === undefined) &&
      (atMost === undefined || below === undefined),
    "write a lower bound (`atLeast` or `above`), an upper one (`atMost` or `below`), or one of each",
  ),
);

/** One condition on one claim; any one value of the claim satisfies it. Comparison is byte-exact. */
const ClaimCondition = v.union([
  v.strictObject({ claim: Claim, equals: Value }),
  v.strictObject({ claim: Claim, in: v.pipe(v.array(Value), v.minLength(1), v.maxLength(256)) }),
  v.strictObject({ claim: Claim, startsWith: v.pipe(Value, v.minLength(1)) }),
  v.strictObject({ claim: Claim, endsWith: v.pipe(Value, v.minLength(1)) }),
  /** `*` stands for any run and `?` for one character; neither crosses `/` or `:`. */
  v.strictObject({ claim: Claim, glob: v.pipe(Value, v.minLength(1)) }),
  v.strictObject({ claim: Claim, exists: v.boolean() }),
  /** A text and fields, as `aws_{account:digits}_{role:name}`; fits whole. What fields hold may stand in the grant. */
  v.strictObject({ claim: Claim, template: v.pipe(Value, v.minLength(1)) }),
  /** A regular expression of the dialect of `core/pattern.ts`; fits whole, one step per character. */
  v.strictObject({ claim: Claim, regex: v.pipe(v.string(), v.minLength(1), v.maxLength(256)) }),
  v.strictObject({ claim: Claim, number: Bounds }),
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
  /** Source address within the ranges of this name in `Settings`. */
  v.strictObject({ network: Id }),
  /** Authentication context at this place or a later one in `contexts` of the connection. */
  v.strictObject({ acr: v.strictObject({ atLeast: v.pipe(Value, v.minLength(1)) }) }),
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

export const Condition: v.GenericSchema<Condition> = v.lazy(() => AnyCondition);
const Conditions = v.pipe(v.array(Condition), v.minLength(1), v.maxLength(16));
/** Made once, not for each condition that is looked at. */
const AnyCondition = v.union([
  ...SimpleCondition.options,
  v.strictObject({ all: Conditions }),
  v.strictObject({ any: Conditions }),
  v.strictObject({ not: Condition }),
]);

/** What a field of the rule's template held. It names a role or an account that is configured, or nothing. */
const Captured = v.pipe(v.string(), v.regex(/^\{[a-z][A-Za-z0-9]{0,31}\}$/));

const Grant = v.strictObject({
  /** Role names; `*` stands for every role of the accounts, in a deny only. */
  roles: v.optional(v.pipe(v.array(v.union([RoleName, v.literal("*"), Captured])), v.minLength(1))),
  accounts: v.optional(v.pipe(v.array(v.union([AccountSelector, Captured])), v.minLength(1))),
  /** Longest session these roles may have through this rule. */
  sessionSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(900), v.maxValue(43_200))),
  /** Session tags: literals or `{claims.name}` of a claim the connection marks trusted. */
  tags: v.optional(
    v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(128)), v.pipe(v.string(), v.maxLength(256))),
  ),
  /** SourceIdentity: `{person}`, which must stay in it, with literals and `{claims.name}` of trusted claims around it. */
  sourceIdentity: v.optional(v.pipe(v.string(), v.maxLength(128))),
  /** Session policy; narrows what the role may do. */
  policy: v.optional(PolicyDocument),
  policyArns: v.optional(v.pipe(v.array(v.string()), v.maxLength(10))),
  /** Whether, and within which named scopes only, sessions through this rule may exist. */
  scopes: v.optional(v.array(Id)),
  /** Rights on the broker itself. With `editor`, `accounts` and `connections` say how far it reaches. */
  broker: v.optional(v.pipe(v.array(v.picklist(BROKER_RIGHTS)), v.minLength(1))),
  connections: v.optional(v.pipe(v.array(Id), v.minLength(1))),
});

const Moment = v.pipe(
  v.string(),
  v.check(
    (text) => parseMoment(text) !== undefined,
    "write an instant with its zone, as `2026-12-31T18:00:00+09:00`, or a day in UTC, as `2026-12-31`",
  ),
);

/** Conditions on claims -> roles. An allow names its connections; `*` is for deny alone (decision 2). */
export const Rule = v.strictObject({
  kind: v.literal("Rule"),
  id: Id,
  description: v.optional(v.pipe(v.string(), v.maxLength(512))),
  /** Whom to ask about this rule. */
  owner: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(256))),
  connection: v.union([v.literal("*"), Id, v.pipe(v.array(Id), v.minLength(1))]),
  /** `eligible` says what somebody could ask for; it gives nothing. */
  effect: v.picklist(["allow", "deny", "eligible"]),
  when: v.pipe(v.array(Condition), v.maxLength(16)),
  grant: Grant,
  priority: v.optional(v.pipe(v.number(), v.integer(), v.minValue(-1000), v.maxValue(1000)), 0),
  /** In shadow a rule is judged and written down, and does nothing. */
  shadow: v.exactOptional(v.boolean()),
  /** The rule does nothing before, and nothing from then on. A day counts whole, in UTC. */
  from: v.optional(Moment),
  until: v.optional(Moment),
});
export type Rule = v.InferOutput<typeof Rule>;
