import { isRefusal } from "../core/errors.ts";
import { type Bearer, tokenBearer } from "./bearer.ts";
import type { Broker, Deciding } from "./broker.ts";
import { audited, type Issued, type Issuing, issueRole, type RoleAsk } from "./issue-role.ts";
import { recordTurnedAway } from "./turned-away.ts";

/**
 * Who asks on the container wire. Whoever is not let in is written down.
 *
 * @throws {Refusal} as `tokenBearer`.
 */
export async function admitProgram(
  broker: Deciding & Pick<Broker, "stateOf" | "outbound">,
  authorization: string | undefined,
  place: Pick<RoleAsk, "accountId" | "role">,
  { reference, sourceIp }: Pick<RoleAsk, "reference" | "sourceIp">,
): Promise<Bearer> {
  try {
    return await tokenBearer(broker, authorization, "credentials");
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    const away = { kind: "credentials.refused", actor: "stranger", reference, sourceIp, place } as const;
    await recordTurnedAway(broker, away, thrown);
    throw thrown;
  }
}

/** Credentials of one role, for whoever holds the bearer. @throws {Refusal} as `issueRole`. */
export const getRoleCredentials = (broker: Issuing, bearer: Bearer, ask: RoleAsk): Promise<Issued> =>
  audited(broker, bearer, ask, { issued: "credentials.issued", refused: "credentials.refused" }, () =>
    issueRole(broker, bearer, ask),
  );
