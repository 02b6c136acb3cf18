import type { Bearer } from "./bearer.ts";
import { audited, type Issued, type Issuing, issueRole, type RoleAsk } from "./issue-role.ts";

/** Credentials of one role, for whoever holds the bearer. @throws {Refusal} as `issueRole`. */
export const getRoleCredentials = (broker: Issuing, bearer: Bearer, ask: RoleAsk): Promise<Issued> =>
  audited(broker, bearer, ask, { issued: "credentials.issued", refused: "credentials.refused" }, () =>
    issueRole(broker, bearer, ask),
  );
