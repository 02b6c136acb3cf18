import * as v from "valibot";
import { Id } from "./connection.ts";
import { BROKER_RIGHTS } from "./decision.ts";
import { AccountId, AccountSelector, RoleName } from "./role.ts";
import { Condition } from "./rule.ts";
import { parseInstant } from "./time.ts";

const Text = v.pipe(v.string(), v.maxLength(1024));
const Texts = v.pipe(v.array(Text), v.maxLength(1000));
const Ids = v.union([Id, v.pipe(v.array(Id), v.minLength(1))]);

const Instant = v.pipe(
  v.string(),
  v.check(
    (text) => parseInstant(text) !== undefined,
    "write an instant with its zone, as `2026-12-31T18:00:00+09:00`",
  ),
);

/** Somebody who might come: what a provider would say of them, and from where and when they come. */
const Described = v.strictObject({
  connection: Id,
  subject: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1024)), "somebody"),
  claims: v.optional(v.record(v.string(), v.union([Text, Texts])), {}),
  /** Claims whose look-up failed. */
  unknown: v.optional(Texts, []),
  amr: v.optional(Texts, []),
  acr: v.optional(Text),
  mfa: v.optional(v.picklist(["yes", "no", "unknown"]), "unknown"),
  sourceIp: v.optional(Text),
  /** How long ago they authenticated. */
  authAgeSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** When they ask; now where it is not said. */
  at: v.optional(Instant),
});
export type Described = v.InferOutput<typeof Described>;

/** Somebody who came lately, as they signed in last: `okta/00u1mika`, the connection and the subject there. */
const Person = v.strictObject({
  person: v.pipe(
    v.string(),
    v.maxLength(1088),
    v.regex(/^[a-z0-9][a-z0-9-]{0,47}\/[\s\S]+$/, "write the connection and the subject, as `okta/00u1mika`"),
  ),
  at: v.optional(Instant),
});
export type Person = v.InferOutput<typeof Person>;

/** The connection and the subject of somebody who came. A subject may have slashes, an id has none. */
export function partsOf({ person }: Person): { readonly connection: string; readonly subject: string } {
  const end = person.indexOf("/");
  return { connection: person.slice(0, end), subject: person.slice(end + 1) };
}

/** Roles in accounts, however many. */
function places() {
  return {
    accounts: v.pipe(v.array(AccountSelector), v.minLength(1)),
    /** `*` stands for every role. */
    roles: v.pipe(v.array(v.union([RoleName, v.literal("*")])), v.minLength(1)),
  };
}

/** One thing that somebody shall have, or shall not have; or several that they shall have none of. */
const Expectation = v.union([
  v.strictObject({ account: AccountId, role: RoleName, granted: v.boolean() }),
  v.strictObject({
    ...places(),
    granted: v.pipe(v.boolean(), v.value(false, "write `false`, or each role to be granted by itself")),
  }),
  v.strictObject({ broker: v.picklist(BROKER_RIGHTS), granted: v.boolean() }),
]);
export type Expectation = v.InferOutput<typeof Expectation>;

/** A case that every plan tries: what somebody like this gets. A red one lets nothing be published. */
export const Test = v.strictObject({
  kind: v.literal("Test"),
  id: Id,
  description: v.optional(v.pipe(v.string(), v.maxLength(512))),
  who: v.union([Described, Person]),
  expect: v.pipe(v.array(Expectation), v.minLength(1), v.maxLength(100)),
});
export type Test = v.InferOutput<typeof Test>;

const Conditions = v.pipe(v.array(Condition), v.minLength(1), v.maxLength(16));
const those = {
  ...places(),
  /** People of these alone; everybody where it is not said. */
  connection: v.optional(Ids),
};

/**
 * What must be so whatever claims somebody comes with. `never`: nobody (of whom `when` is true) reaches these roles.
 * `whenever` with `then`: of whoever reaches these roles, every condition is true.
 */
export const Invariant = v.strictObject({
  kind: v.literal("Invariant"),
  id: Id,
  description: v.optional(v.pipe(v.string(), v.maxLength(512))),
  never: v.optional(v.strictObject({ ...those, when: v.optional(Conditions) })),
  whenever: v.optional(v.strictObject(those)),
  // biome-ignore lint/suspicious/noThenProperty: an invariant is read as a sentence, and nobody awaits one
  then: v.optional(Conditions),
});
export type Invariant = v.InferOutput<typeof Invariant>;
