import { type Effect, effectOf } from "./evaluate.ts";
import type { Context } from "./glob.ts";
import { parsePolicy, type Statement } from "./policy.ts";
import type { IamRole } from "./state.ts";

/** Who asks to become a role: a SAML provider, or a principal of AWS known by all its names. */
export type Asker =
  | { readonly kind: "Federated"; readonly providerArn: string }
  | { readonly kind: "AWS"; readonly names: readonly string[] };

const names = (statement: Statement, asker: Asker): boolean =>
  statement.principals.some(([kind, value]) => {
    if (kind !== asker.kind) return false;
    if (asker.kind === "Federated") return value === asker.providerArn;
    return value === "*" || asker.names.includes(value);
  });

/** What a role's trust policy says of one action of this asker. */
export function trusts(role: IamRole, asker: Asker, action: string, context: Context): Effect {
  const statements = parsePolicy(role.trust, "trust").filter((statement) => names(statement, asker));
  return effectOf(statements, { action, resource: role.arn, context });
}
