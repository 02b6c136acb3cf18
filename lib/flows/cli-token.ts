import { createHash } from "node:crypto";
import { isRefusal, Refusal } from "../core/errors.ts";
import { fingerprint, newSecret, sameSecret } from "../core/secret.ts";
import type { Grant, TokenPurpose } from "../core/session.ts";
import type { Epoch } from "../core/time.ts";
import { record } from "../store/audit.ts";
import { putGrant, spendGrant } from "../store/grants.ts";
import type { Bearer } from "./bearer.ts";
import type { Broker } from "./broker.ts";
import { recordTurnedAway } from "./turned-away.ts";

/** A question on the screen is good for this long, in seconds; a code for the moment between two requests. */
const TICKET_SECONDS = 300;
const CODE_SECONDS = 60;

type Granting = Pick<Broker, "clock" | "table" | "rules">;

/** In which request, and from where. */
interface Occasion {
  readonly reference: string;
  readonly sourceIp: string;
}

/** What the CLI asks the browser for. */
export interface CliAsk {
  readonly purpose: TokenPurpose;
  /** Loopback port the CLI listens on (RFC 8252 §7.3). */
  readonly port: number;
  readonly state: string;
  /** PKCE S256 challenge. */
  readonly challenge: string;
}

const loopback = (port: number): string => `http://127.0.0.1:${port}/callback`;

/**
 * Makes the ticket behind the question "is this you?". Only the page of this session shows it, once, so a link from
 * elsewhere cannot answer the question for the person.
 */
export async function askForCli(broker: Granting, bearer: Bearer, ask: CliAsk): Promise<string> {
  const ticket = newSecret();
  const issuedAt = broker.clock.now();
  await putGrant(broker.table, {
    ...grantOf(bearer, ask.purpose, issuedAt, Math.min(bearer.endsAt, issuedAt + TICKET_SECONDS)),
    id: fingerprint(ticket),
    kind: "ticket",
    redirectUri: loopback(ask.port),
    challenge: ask.challenge,
    state: ask.state,
  });
  return ticket;
}

/**
 * Answers the question. Yes makes a code; no tells the CLI so.
 *
 * @returns Where the browser takes the answer: the CLI's own loopback address, nowhere else.
 * @throws {Refusal} `token_invalid` when the ticket was used, took too long or belongs to somebody else.
 */
export async function answerCli(
  broker: Granting,
  bearer: Bearer,
  ticket: string,
  answer: "approve" | "deny",
  at: Occasion,
): Promise<string> {
  const now = broker.clock.now();
  const asked = await spendGrant(broker.table, fingerprint(ticket), "ticket", now);
  if (asked.personId !== bearer.personId || asked.redirectUri === undefined)
    throw new Refusal("token_invalid");
  const back = new URL(asked.redirectUri);
  back.searchParams.set("state", asked.state ?? "");
  if (answer === "deny") {
    await recordDenial(broker, asked, at);
    back.searchParams.set("error", "access_denied");
    return back.href;
  }
  const code = newSecret();
  const expiresAt = Math.min(asked.expiresAt, now + CODE_SECONDS);
  await putGrant(broker.table, { ...asked, id: fingerprint(code), kind: "code", issuedAt: now, expiresAt });
  back.searchParams.set("code", code);
  return back.href;
}

/**
 * Redeems a code. It is spent before the verifier is looked at: a wrong guess burns it.
 *
 * @returns A token of the person, good for one purpose, never longer than a token may last, nor than the provider's
 *   own session.
 * @throws {Refusal} `token_invalid`.
 */
export async function redeemCode(
  broker: Granting,
  redemption: { readonly code: string; readonly verifier: string },
  at: Occasion,
): Promise<{ token: string; expiresAt: Epoch }> {
  const now = broker.clock.now();
  const asked = await spendCode(broker, redemption, at);
  const { settings } = await broker.rules.world();
  const token = `sk_${newSecret()}`;
  const longest = now + settings.tokenSeconds;
  const expiresAt = Math.min(longest, asked.identity.providerSessionEndsAt ?? longest);
  const { identity, personId, purpose } = asked;
  await putGrant(broker.table, {
    schema: 1,
    id: fingerprint(token),
    kind: "token",
    purpose,
    personId,
    identity,
    issuedAt: now,
    expiresAt,
  });
  await record(
    broker.table,
    {
      schema: 1,
      id: at.reference,
      at: now,
      kind: "token.issued",
      actor: "person",
      personId,
      connection: identity.connection,
      sourceIp: at.sourceIp,
      expiresAt,
      detail: { purpose },
    },
    settings.auditRetentionDays,
  );
  return { token, expiresAt };
}

async function spendCode(
  broker: Granting,
  { code, verifier }: { readonly code: string; readonly verifier: string },
  at: Occasion,
): Promise<Grant> {
  let asked: Grant | undefined;
  try {
    asked = await spendGrant(broker.table, fingerprint(code), "code", broker.clock.now());
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    if (!sameSecret(challenge, asked.challenge ?? ""))
      throw new Refusal("token_invalid", { pkce: "mismatch" });
    return asked;
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    const whose = asked === undefined ? {} : { person: asked };
    const away = { kind: "token.refused", actor: "stranger", ...at, ...whose } as const;
    await recordTurnedAway(broker, away, thrown);
    throw thrown;
  }
}

async function recordDenial(
  { table, clock, rules }: Granting,
  { personId, identity, purpose }: Grant,
  { reference, sourceIp }: Occasion,
): Promise<void> {
  const { settings } = await rules.world();
  await record(
    table,
    {
      schema: 1,
      id: reference,
      at: clock.now(),
      kind: "token.refused",
      actor: "person",
      personId,
      connection: identity.connection,
      sourceIp,
      detail: { purpose, answer: "deny" },
    },
    settings.auditRetentionDays,
  );
}

const grantOf = (
  { identity, personId }: Bearer,
  purpose: TokenPurpose,
  issuedAt: Epoch,
  expiresAt: Epoch,
): Omit<Grant, "id" | "kind"> => ({ schema: 1, purpose, personId, identity, issuedAt, expiresAt });
