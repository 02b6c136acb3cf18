import type { AuditEvent } from "../core/audit.ts";
import type { Refusal } from "../core/errors.ts";
import type { Identity } from "../core/identity.ts";
import { record } from "../store/audit.ts";
import type { Broker } from "./broker.ts";

/** Somebody who was turned away at a door, as far as they are known. */
export interface TurnedAway {
  readonly kind: "console.refused" | "credentials.refused" | "token.refused" | "admin.refused";
  readonly reference: string;
  readonly sourceIp: string;
  readonly actor: AuditEvent["actor"];
  /** Who was proven, or whose code it was. */
  readonly person?: { readonly personId: string; readonly identity: Identity };
  /** What was asked for; of a shape that was checked. */
  readonly place?: { readonly accountId: string; readonly role: string };
}

/** What was asked for, as it enters the trail: IAM allows `@` in names of roles, and a name nobody has may be an address. */
export const placeAsked = ({
  accountId,
  role,
}: {
  readonly accountId: string;
  readonly role: string;
}): Pick<AuditEvent, "accountId" | "role"> => (role.includes("@") ? { accountId } : { accountId, role });

/** Writes down who was turned away, before they hear of it: a guessed or stolen token leaves a trace. */
export async function recordTurnedAway(
  { table, clock, rules }: Pick<Broker, "table" | "clock" | "rules">,
  { kind, reference, sourceIp, actor, person, place }: TurnedAway,
  { code, detail }: Pick<Refusal, "code" | "detail">,
): Promise<void> {
  const { settings, connections } = await rules.world();
  // A name that no connection has is a stranger's text; it does not enter the trail.
  const named = [...connections.keys()].find((id) => id === detail.connection);
  const connection = person?.identity.connection ?? named;
  await record(
    table,
    {
      schema: 1,
      id: reference,
      at: clock.now(),
      kind,
      actor,
      ...(person === undefined ? {} : { personId: person.personId }),
      ...(connection === undefined ? {} : { connection }),
      sourceIp,
      ...(place === undefined ? {} : placeAsked(place)),
      code,
    },
    settings.auditRetentionDays,
  );
}
