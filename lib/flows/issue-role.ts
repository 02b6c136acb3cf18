import { issueCredentials } from "../applications/aws.ts";
import type { AuditEvent, AuditKind } from "../core/audit.ts";
import type { Decision, GrantedRole } from "../core/decision.ts";
import { Refusal, refusalOf } from "../core/errors.ts";
import type { Credentials, Narrowing } from "../core/issue.ts";
import type { PlacedRole, Scope } from "../core/role.ts";
import type { World } from "../core/world.ts";
import { record } from "../store/audit.ts";
import type { Bearer } from "./bearer.ts";
import type { Broker, Deciding } from "./broker.ts";
import { decideForBearer, grantedRole } from "./granted-role.ts";
import { issuerEntityId } from "./issuer.ts";
import { shadowOfIssue } from "./shadow-facts.ts";
import { placeAsked } from "./turned-away.ts";

/** What a flow that issues holds. */
export type Issuing = Deciding & Pick<Broker, "issuer">;

/** Which role is asked for, how narrow, and in which request. */
export interface RoleAsk {
  readonly accountId: string;
  readonly role: string;
  readonly narrowing: Narrowing;
  readonly sourceIp: string;
  readonly reference: string;
}

/** One issue: what was handed out, and the facts that made it so. */
export interface Issued {
  readonly credentials: Credentials;
  readonly assertionId: string;
  readonly durationSeconds: number;
  readonly granted: GrantedRole;
  readonly placed: PlacedRole;
  readonly decision: Decision;
  readonly world: World;
}

/**
 * Decides again, now, and issues one role; the caller writes the event before it answers.
 *
 * @param accept The caller's last word on the role, before anything is signed; it refuses by throwing.
 * @throws {Refusal} as `decideForBearer`; `role_not_granted`, `mfa_required`, `role_denied`, `scope_unknown`, `scope_required`, and every
 *   refusal of session and STS.
 */
export async function issueRole(
  broker: Issuing,
  bearer: Bearer,
  ask: RoleAsk,
  accept: (placed: PlacedRole) => unknown = () => undefined,
): Promise<Issued> {
  const [decided, signer] = await Promise.all([
    decideForBearer(broker, bearer, ask.sourceIp),
    broker.issuer(),
  ]);
  const { decision, world } = decided;
  const { granted, placed } = await grantedRole(broker, bearer, decided, ask);
  accept(placed);
  const scope = scopeOf(world, granted, ask.narrowing);
  const issued = await issueCredentials(
    { signer, clock: broker.clock },
    {
      identity: bearer.identity,
      personId: bearer.personId,
      granted,
      placed,
      ...(scope === undefined ? {} : { scope }),
      narrowing: ask.narrowing,
      sessionEndsAt: bearer.endsAt,
      issuerEntityId: issuerEntityId(broker.config.url),
    },
  );
  return { ...issued, granted, placed, decision, world };
}

/** The scope that was asked for, if the rules allow it; a role that is granted within scopes only demands one. */
function scopeOf(world: World, granted: GrantedRole, { scope: id }: Narrowing): Scope | undefined {
  const about = { accountId: granted.accountId, role: granted.role };
  if (id === undefined) {
    if (granted.scopes === undefined) return undefined;
    const hint = `Ask with one of these scopes: ${granted.scopes.join(", ")}.`;
    throw new Refusal("scope_required", {}, { about: { ...about, hint } });
  }
  const scope = world.scopes.get(id);
  const allowed = granted.scopes === undefined || granted.scopes.includes(id);
  if (scope === undefined || !allowed)
    throw new Refusal("scope_unknown", { id }, { about: { ...about, scope: id } });
  return scope;
}

/**
 * Runs one issue and writes what came of it, refusals included, before anything leaves.
 *
 * @param kinds How the event is called when it is issued and when it is refused.
 * @param issue Says what STS gave as soon as it has it: credentials that are then not handed out exist all the same.
 */
export async function audited<T extends Issued>(
  broker: Issuing,
  bearer: Bearer,
  ask: RoleAsk,
  kinds: { readonly issued: AuditKind; readonly refused: AuditKind },
  issue: (minted: (issued: Issued) => void) => Promise<T>,
): Promise<T> {
  const base: Omit<AuditEvent, "kind"> = {
    schema: 1,
    id: ask.reference,
    at: broker.clock.now(),
    actor: bearer.actor,
    personId: bearer.personId,
    connection: bearer.identity.connection,
    sourceIp: ask.sourceIp,
  };
  const { scope } = ask.narrowing;
  let given: Issued | undefined;
  let told = false;
  try {
    const issued = await issue((minted) => {
      given = minted;
    });
    given = issued;
    told = true;
    const { accountId, role, rules } = issued.granted;
    await record(
      broker.table,
      {
        ...base,
        kind: kinds.issued,
        accountId,
        role,
        ...(scope === undefined ? {} : { scope }),
        rules,
        version: issued.decision.version,
        ...shadowOfIssue(issued.decision, accountId, role),
        ...idsOf(issued),
        expiresAt: issued.credentials.expiresAt,
      },
      issued.world.settings.auditRetentionDays,
    );
    return issued;
  } catch (thrown) {
    const refusal = refusalOf(thrown, { identity: bearer.identity, since: bearer.since });
    const { settings, scopes } = await broker.rules.world();
    const wanted = {
      ...placeAsked(ask),
      // A name that no scope has is a stranger's text; it does not enter the trail.
      ...(scope !== undefined && scopes.has(scope) ? { scope } : {}),
    };
    await record(
      broker.table,
      {
        ...base,
        // The event of the issue may have been written although its answer was lost; this one is another.
        id: told ? `${base.id}-refused` : base.id,
        ...wanted,
        ...(given === undefined ? keyOf(refusal) : idsOf(given)),
        kind: kinds.refused,
        code: refusal.code,
      },
      settings.auditRetentionDays,
    );
    throw refusal;
  }
}

/** A key that STS gave and that was not what was asked for exists all the same. */
const keyOf = ({ detail: { accessKeyId } }: Refusal): Pick<AuditEvent, "accessKeyId"> =>
  typeof accessKeyId === "string" ? { accessKeyId } : {};

/** What joins an event to CloudTrail. */
const idsOf = ({ assertionId, credentials: { accessKeyId } }: Issued) => ({ assertionId, accessKeyId });
