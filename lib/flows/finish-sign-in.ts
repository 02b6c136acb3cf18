import type { Answer, Proof } from "../connectors/connector.ts";
import type { AuditEvent } from "../core/audit.ts";
import type { Decision } from "../core/decision.ts";
import { isRefusal, Refusal } from "../core/errors.ts";
import type { Identity } from "../core/identity.ts";
import { fingerprint, newSecret, personId } from "../core/secret.ts";
import type { Session } from "../core/session.ts";
import type { SignIn } from "../core/sign-in.ts";
import type { World } from "../core/world.ts";
import { mappedNames } from "../rules/claims.ts";
import { record } from "../store/audit.ts";
import { putPersonName } from "../store/people.ts";
import { claimOnce } from "../store/replays.ts";
import { putSeen } from "../store/seen.ts";
import { endSession, openSession } from "../store/sessions.ts";
import { consumeSignIn } from "../store/sign-ins.ts";
import { isConditionFailure } from "../store/table.ts";
import type { Deciding } from "./broker.ts";
import { decideFor } from "./decide.ts";
import { type Connecting, connectTo } from "./providers.ts";
import { shadowDetail } from "./shadow-facts.ts";
import { signInId } from "./start-sign-in.ts";
import { tileTarget } from "./targets.ts";

/** How an answer arrived. */
export type Arrival =
  /** With a handle of ours: somebody asked for it. */
  | { readonly kind: "asked"; readonly handle: string }
  /** By itself, from a tile; `relayState` is the provider's. */
  | { readonly kind: "tile"; readonly relayState: string };

/** An answer at our door. */
export interface Arrived {
  readonly connection: string;
  readonly answer: Answer;
  readonly arrival: Arrival;
  /** Secret of the browser's sign-in cookie. */
  readonly browser: string | undefined;
  /** The session the browser has already, if any. It is replaced, never extended. */
  readonly current: Session | undefined;
  readonly sourceIp: string;
  readonly reference: string;
}

/** What a finished sign-in leaves. */
export interface Finished {
  readonly secret: string;
  readonly session: Session;
  readonly decision: Decision;
  readonly world: World;
  readonly to: string;
  readonly origin: SignIn["origin"];
  /** Whether the browser had a session already, so that nothing asked for this sign-in but the link that began it. */
  readonly replaces: boolean;
}

type Finishing = Connecting & Deciding;

/**
 * Turns a provider's answer into a session. Three rounds: consume the sign-in; claim the answer while deciding;
 * write session, event, name and what was proven.
 *
 * @throws {Refusal} for every answer not proven genuine, fresh, asked for by this browser, and unused.
 */
export async function finishSignIn(broker: Finishing, arrived: Arrived): Promise<Finished> {
  try {
    return await finish(broker, arrived);
  } catch (thrown) {
    if (isRefusal(thrown)) await recordRefusal(broker, arrived, thrown);
    throw thrown;
  }
}

async function finish(broker: Finishing, arrived: Arrived): Promise<Finished> {
  const [begun, { connection, connector, world }] = await Promise.all([
    takeSignIn(broker, arrived),
    connectTo(broker, arrived.connection),
  ]);
  const proof = await connector.finish(arrived.answer, begun?.memo, { sourceIp: arrived.sourceIp });
  const identity: Identity = { ...proof.identity, mapped: mappedNames(connection) };
  refuseOtherSubject(arrived, identity);
  const [{ decision }, pepper] = await Promise.all([
    decideFor(broker, identity, arrived.sourceIp),
    broker.pepper(),
    claim(broker, proof),
  ]);
  const relayState = arrived.arrival.kind === "tile" ? arrived.arrival.relayState : "";
  const to = begun?.to ?? tileTarget(relayState, broker.config.url);
  const person = personId(pepper, connection.id, identity.subject);
  const { secret, session } = newSession(broker, identity, person, world);
  await writeFinished(broker, arrived, session, decision, world);
  const replaces = arrived.current !== undefined;
  return { secret, session, decision, world, to, origin: begun?.origin ?? "tile", replaces };
}

/** The sign-in this answers, spent; undefined for a tile. */
async function takeSignIn(broker: Finishing, arrived: Arrived): Promise<SignIn | undefined> {
  if (arrived.arrival.kind === "tile") return undefined;
  if (arrived.browser === undefined) throw new Refusal("signin_other_browser", { cookie: "none" });
  const { handle } = arrived.arrival;
  const signIn = await consumeSignIn(
    broker.table,
    signInId(handle),
    fingerprint(arrived.browser),
    broker.clock.now(),
  );
  if (signIn.connection !== arrived.connection) {
    throw new Refusal("signin_expired", { began: signIn.connection, came: arrived.connection });
  }
  return signIn;
}

/** A tile's answer never replaces somebody else's session: that is how one is signed in as the attacker. */
function refuseOtherSubject({ arrival, current }: Arrived, identity: Identity): void {
  if (arrival.kind !== "tile" || current === undefined) return;
  const same =
    current.identity.connection === identity.connection && current.identity.subject === identity.subject;
  if (!same) throw new Refusal("signin_other_subject");
}

const claim = async (broker: Finishing, { once }: Proof): Promise<void> => {
  if (once !== undefined) await claimOnce(broker.table, once, broker.clock.now());
};

/** A session under a fresh secret: its id rotates at every sign-in, and it never outlives the provider's own. */
function newSession(broker: Finishing, identity: Identity, person: string, world: World) {
  const secret = newSecret();
  const openedAt = broker.clock.now();
  const longest = openedAt + world.settings.sessionSeconds;
  const expiresAt = Math.min(longest, identity.providerSessionEndsAt ?? longest);
  if (expiresAt <= openedAt) throw new Refusal("session_expired", { provider: "session over" });
  const session: Session = {
    schema: 1,
    id: fingerprint(secret),
    personId: person,
    identity,
    openedAt,
    expiresAt,
  };
  return { secret, session };
}

async function writeFinished(
  broker: Finishing,
  arrived: Arrived,
  session: Session,
  decision: Decision,
  world: World,
): Promise<void> {
  const { identity, openedAt } = session;
  const days = world.settings.auditRetentionDays;
  const event: AuditEvent = {
    schema: 1,
    id: arrived.reference,
    at: openedAt,
    kind: "signin.finished",
    actor: "person",
    personId: session.personId,
    connection: identity.connection,
    sourceIp: arrived.sourceIp,
    version: decision.version,
    expiresAt: session.expiresAt,
    detail: {
      arrival: arrived.arrival.kind,
      mfa: identity.mfa,
      roles: decision.roles.length,
      ...shadowDetail(decision),
    },
  };
  const { connection, subject, name } = identity;
  await Promise.all([
    openSession(broker.table, session),
    record(broker.table, event, days),
    putPersonName(
      broker.table,
      { personId: session.personId, connection, subject, name, seenAt: openedAt },
      openedAt + days * 86_400,
    ),
    putSeen(broker.table, {
      personId: session.personId,
      identity,
      seenAt: openedAt,
      expiresAt: openedAt + world.settings.seenDays * 86_400,
    }),
  ]);
  // Whoever is told that nothing was done still has the session they had.
  if (arrived.current !== undefined) await endSession(broker.table, arrived.current.id);
}

async function recordRefusal(broker: Finishing, arrived: Arrived, refusal: Refusal): Promise<void> {
  const { settings, connections } = await broker.rules.world();
  const event: AuditEvent = {
    schema: 1,
    id: arrived.reference,
    at: broker.clock.now(),
    kind: "signin.refused",
    actor: "stranger",
    // A name that no connection has is a stranger's text; it does not enter the trail.
    ...(connections.has(arrived.connection) ? { connection: arrived.connection } : {}),
    sourceIp: arrived.sourceIp,
    code: refusal.code,
  };
  const days = settings.auditRetentionDays;
  try {
    await record(broker.table, event, days);
  } catch (thrown) {
    if (!isConditionFailure(thrown)) throw thrown;
    // The event of a finished sign-in stands already, while the session beside it could not be written.
    await record(broker.table, { ...event, id: `${event.id}-refused` }, days);
  }
}
