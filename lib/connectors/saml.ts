import type { ConnectionState, SamlConnection } from "../core/connection.ts";
import { Refusal } from "../core/errors.ts";
import type { Identity } from "../core/identity.ts";
import { fingerprint, newMessageId } from "../core/secret.ts";
import type { Epoch } from "../core/time.ts";
import { buildAuthnRequest } from "../saml/authn-request.ts";
import { type Expected, type Solicited, type VerifiedAssertion, verifyResponse } from "../saml/response.ts";
import type { Answer, Challenge, Connector, Proof, Surroundings } from "./connector.ts";
import { identityOf } from "./saml-identity.ts";
import { issuerOf, keysOf, signOnTo } from "./saml-provider.ts";

/** Replay items live a little longer than what they stand for. */
const MARGIN_SECONDS = 60;

/** What a SAML answer is judged by, besides the connection. */
export interface SamlJudge {
  /** The broker's own origin. */
  readonly url: string;
  readonly state: ConnectionState | undefined;
  readonly now: Epoch;
  readonly solicited: Solicited;
  readonly unwrapKey?: Expected["unwrapKey"];
  readonly sourceIp?: string;
}

/** Our entity id at a provider. */
export const entityIdOf = (connection: SamlConnection, url: string): string =>
  connection.entityId ?? `${url}/saml/${connection.id}/metadata`;

/** Where a provider's answers arrive. */
export const acsOf = (connection: SamlConnection, url: string): string =>
  connection.acs ?? `${url}/saml/${connection.id}/acs`;

/**
 * Verifies a SAML response and maps what it says. The ACS and `sekisho saml inspect` both run this.
 *
 * @param response The form field SAMLResponse as sent: base64.
 * @throws {Refusal} `saml_*` for every response not proven genuine, fresh, and ours; `connection_not_ready`,
 *   `provider_metadata_expired`.
 */
export async function proveSaml(
  connection: SamlConnection,
  response: string,
  judge: SamlJudge,
): Promise<{ identity: Identity; assertion: VerifiedAssertion }> {
  const assertion = await verifyResponse(response, {
    entityId: entityIdOf(connection, judge.url),
    acs: acsOf(connection, judge.url),
    issuer: issuerOf(connection, judge.state, judge.now),
    certificates: keysOf(connection, judge.state, judge.now),
    now: judge.now,
    solicited: judge.solicited,
    maxAssertionAgeSeconds: connection.maxAssertionAgeSeconds,
    ...(judge.unwrapKey === undefined ? {} : { unwrapKey: judge.unwrapKey }),
  });
  return { identity: identityOf(connection, assertion, judge.sourceIp), assertion };
}

/** Opens a SAML provider. Nothing is loaded or asked until a sign-in begins. */
export function openSamlConnector(connection: SamlConnection, surroundings: Surroundings): Connector {
  return {
    begin: (signInId, wish) => begin(connection, surroundings, signInId, wish),
    finish: (answer, memo, seen) => finish(connection, surroundings, answer, memo, seen),
  };
}

/** AuthnContextClassRef takes URIs; a bare `mfa` is a value of the attribute that lists methods. */
const isUri = (context: string): boolean => /^[a-z][a-z\d+.-]*:/i.test(context);

async function begin(
  connection: SamlConnection,
  { url, clock, state, spSigner, privateHosts = [] }: Surroundings,
  signInId: string,
  wish: { readonly secondFactor: boolean; readonly loginHint?: string },
): Promise<Challenge> {
  const { binding, url: destination, entityId } = signOnTo(connection, state, clock.now(), privateHosts);
  const id = newMessageId();
  const request = await buildAuthnRequest({
    id,
    issuedAt: clock.now(),
    destination,
    binding,
    issuer: entityIdOf(connection, url),
    acs: acsOf(connection, url),
    relayState: signInId,
    ...(wish.secondFactor ? { contexts: connection.mfaContexts.filter(isUri) } : {}),
    ...(connection.signRequests || state?.wantsSignedRequests ? { signer: await spSigner() } : {}),
  });
  if (request.kind === "form") return { ...request, memo: id };
  return { ...request, url: withHint(request.url, entityId, wish.loginHint), memo: id };
}

/** Entra takes the account to start with beside the request; others are not bothered with it. */
function withHint(url: string, entityId: string, hint: string | undefined): string {
  if (hint === undefined || !entityId.startsWith("https://sts.windows.net/")) return url;
  return `${url}&login_hint=${encodeURIComponent(hint)}`;
}

async function finish(
  connection: SamlConnection,
  { url, clock, state, unwrapKey }: Surroundings,
  answer: Answer,
  memo: string | undefined,
  { sourceIp }: { readonly sourceIp?: string },
): Promise<Proof> {
  if (answer.kind !== "saml") throw new Refusal("request_invalid", { answer: answer.kind });
  // The flow turns tiles away before; a tile's answer is used on connections that say so and nowhere else.
  if (memo === undefined && connection.idpInitiated !== "accept")
    throw new Refusal("signin_unsolicited", { connection: connection.id });
  const { identity, assertion } = await proveSaml(connection, answer.response, {
    url,
    state,
    now: clock.now(),
    solicited: memo === undefined ? { kind: "unsolicited" } : { kind: "request", id: memo },
    unwrapKey,
    ...(sourceIp === undefined ? {} : { sourceIp }),
  });
  return {
    identity,
    once: {
      key: fingerprint(`${assertion.issuer}\u0000${assertion.id}`),
      until: assertion.acceptableUntil + MARGIN_SECONDS,
    },
  };
}
