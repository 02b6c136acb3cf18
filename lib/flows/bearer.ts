import { proveWorkload } from "../connectors/workload.ts";
import { isRefusal, Refusal } from "../core/errors.ts";
import type { Identity } from "../core/identity.ts";
import { fingerprint, personId } from "../core/secret.ts";
import type { Session, TokenPurpose } from "../core/session.ts";
import type { Epoch } from "../core/time.ts";
import { readGrant } from "../store/grants.ts";
import { readSession } from "../store/sessions.ts";
import type { Broker, Deciding } from "./broker.ts";

/** Somebody who asks with something in hand: a browser's session, a person's token, a workload's. */
export interface Bearer {
  readonly personId: string;
  readonly identity: Identity;
  /** When they signed in or their token was issued. */
  readonly since: Epoch;
  /** End of what they hold; nothing issued for them outlives it on the broker's side. */
  readonly endsAt: Epoch;
  readonly actor: "person" | "workload";
}

/** What knowing a bearer takes. HEAD is read beside the session, so that deciding afterwards waits one round less. */
type Knowing = Pick<Broker, "table" | "clock" | "rules">;

/**
 * @param secret The session cookie's value.
 * @throws {Refusal} `session_required`, `session_expired`, `rules_unavailable`.
 */
export async function sessionBearer(broker: Knowing, secret: string | undefined): Promise<Bearer> {
  if (secret === undefined) throw new Refusal("session_required");
  const [session] = await Promise.all([
    readSession(broker.table, fingerprint(secret), broker.clock),
    broker.rules.head(),
  ]);
  return bearerOf(session);
}

const bearerOf = ({ personId, identity, openedAt, expiresAt }: Session): Bearer => ({
  personId,
  identity,
  since: openedAt,
  endsAt: expiresAt,
  actor: "person",
});

/** A session, or undefined where there is none: for pages that look different then. */
export const currentSession = (
  broker: Pick<Broker, "table" | "clock">,
  secret: string | undefined,
): Promise<Session | undefined> =>
  sessionNamed(broker, secret === undefined ? undefined : fingerprint(secret));

/** A session by its id, which proves nothing: for comparing with and for ending, never for letting anybody in. */
export async function sessionNamed(
  broker: Pick<Broker, "table" | "clock">,
  id: string | undefined,
): Promise<Session | undefined> {
  if (id === undefined) return undefined;
  try {
    return await readSession(broker.table, id, broker.clock);
  } catch (thrown) {
    if (isRefusal(thrown, "session_expired")) return undefined;
    throw thrown;
  }
}

/** Tokens of ours look like this, so that they are told from JWTs before anything is parsed. */
const OURS = /^sk_[\w-]{43}$/;

/**
 * Reads an Authorization header: raw or with `Bearer`; a person's token of ours, or a workload's JWT.
 *
 * A person's token is accepted where it was issued for, never elsewhere, and a browser's session never is
 * (decision 16).
 *
 * @throws {Refusal} `token_invalid`, `token_wrong_purpose`, and what the workload's own checks refuse.
 */
export async function tokenBearer(
  broker: Deciding & Pick<Broker, "stateOf" | "outbound">,
  authorization: string | undefined,
  purpose: TokenPurpose,
): Promise<Bearer> {
  const token = (authorization ?? "").replace(/^Bearer +/i, "").trim();
  if (token === "") throw new Refusal("token_invalid", { authorization: "none" });
  if (OURS.test(token)) return ourTokenBearer(broker, token, purpose);
  return workloadBearer(broker, token);
}

async function ourTokenBearer(broker: Knowing, token: string, purpose: TokenPurpose): Promise<Bearer> {
  const [grant] = await Promise.all([
    readGrant(broker.table, fingerprint(token), broker.clock),
    broker.rules.head(),
  ]);
  if (grant.purpose !== purpose)
    throw new Refusal("token_wrong_purpose", { purpose: grant.purpose, wanted: purpose });
  const { identity, issuedAt, expiresAt } = grant;
  return { personId: grant.personId, identity, since: issuedAt, endsAt: expiresAt, actor: "person" };
}

async function workloadBearer(
  broker: Deciding & Pick<Broker, "stateOf" | "outbound">,
  token: string,
): Promise<Bearer> {
  const [{ connections }, pepper] = await Promise.all([broker.rules.world(), broker.pepper()]);
  const workloads = [...connections.values()].filter((one) => one.purpose === "workload" && one.enabled);
  const identity = await proveWorkload(
    token,
    workloads.filter((one) => one.purpose === "workload"),
    { clock: broker.clock, outbound: broker.outbound, stateOf: broker.stateOf },
  );
  const now = broker.clock.now();
  return {
    personId: personId(pepper, identity.connection, identity.subject),
    identity,
    since: identity.authenticatedAt ?? now,
    // Credentials may outlive the token that fetched them, as with AssumeRoleWithWebIdentity.
    endsAt: now + 43_200,
    actor: "workload",
  };
}
