import * as v from "valibot";
import type { Connection } from "../core/connection.ts";
import type { Identity } from "../core/identity.ts";

const Values = v.union([
  v.pipe(
    v.string(),
    v.transform((one) => [one]),
  ),
  v.array(v.string()),
]);

/** Somebody who might come: what a provider would say of them. */
export const Hypothetical = v.strictObject({
  connection: v.string(),
  subject: v.optional(v.string(), "somebody"),
  claims: v.optional(v.record(v.string(), Values), {}),
  unknown: v.optional(v.array(v.string()), []),
  amr: v.optional(v.array(v.string()), []),
  acr: v.exactOptional(v.string()),
  mfa: v.optional(v.picklist(["yes", "no", "unknown"]), "unknown"),
  authenticatedAt: v.exactOptional(v.number()),
  sourceIp: v.exactOptional(v.string()),
  /** Decide as if it were then, epoch seconds. */
  at: v.exactOptional(v.number()),
});
export type Hypothetical = v.InferOutput<typeof Hypothetical>;

/** The identity such a person would have. */
export const identityOf = (who: Hypothetical, { purpose }: Pick<Connection, "purpose">): Identity => ({
  connection: who.connection,
  kind: purpose === "workload" ? "workload" : "person",
  subject: who.subject,
  name: who.subject,
  claims: who.claims,
  unknown: who.unknown,
  amr: who.amr,
  mfa: who.mfa,
  notes: [],
  ...(who.acr === undefined ? {} : { acr: who.acr }),
  ...(who.authenticatedAt === undefined ? {} : { authenticatedAt: who.authenticatedAt }),
});
