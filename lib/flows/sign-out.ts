import type { Session } from "../core/session.ts";
import { record } from "../store/audit.ts";
import { endSession } from "../store/sessions.ts";
import type { Broker } from "./broker.ts";

/** Ends a session of the broker. The provider's own session is the provider's to end. */
export async function signOut(
  broker: Pick<Broker, "clock" | "table" | "rules">,
  session: Session,
  at: { readonly reference: string; readonly sourceIp: string },
): Promise<void> {
  const { settings } = await broker.rules.world();
  await endSession(broker.table, session.id);
  await record(
    broker.table,
    {
      schema: 1,
      id: at.reference,
      at: broker.clock.now(),
      kind: "signout",
      actor: "person",
      personId: session.personId,
      connection: session.identity.connection,
      sourceIp: at.sourceIp,
    },
    settings.auditRetentionDays,
  );
}
