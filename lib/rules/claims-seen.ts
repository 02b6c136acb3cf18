import { mappedNames, type View, valuesOf } from "./claims.ts";
import { claimUnknown, type WhyUnknown } from "./missing.ts";

/** What was received of one claim. */
export interface ClaimSeen {
  readonly name: string;
  readonly values: readonly string[];
  /** Why these are not all, or nothing is known of it. */
  readonly why?: WhyUnknown;
}

const TOLD = ["amr", "acr", "mfa", "authenticatedAt", "sourceIp"] as const;
const MAY_BE_ABSENT: readonly string[] = ["amr", "acr"];

/** Every claim that was received or that the connection could say, by name; then what connectors set. */
export function claimsSeen(view: View): readonly ClaimSeen[] {
  const { identity, connection } = view;
  const { claims, unknown, mapped = mappedNames(connection) } = identity;
  const names = new Set([...Object.keys(claims), ...mapped, ...mappedNames(connection), ...unknown]);
  return [...[...names].sort(), ...TOLD].flatMap((name) => {
    const values = valuesOf(view, name);
    const isAsked = unknown.includes(name) || !mapped.includes(name);
    const why =
      isAsked && (values.length === 0 || unknown.includes(name))
        ? claimUnknown(name, identity, connection)
        : undefined;
    if (values.length === 0 && MAY_BE_ABSENT.includes(name)) return [];
    return [{ name, values, ...(why === undefined ? {} : { why }) }];
  });
}
