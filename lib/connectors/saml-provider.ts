import { isIP } from "node:net";
import type { ConnectionState, SamlConnection } from "../core/connection.ts";
import { Refusal } from "../core/errors.ts";
import { isPrivateHost } from "../core/outbound.ts";
import type { Epoch } from "../core/time.ts";
import { isSignOnUrl } from "../saml/sign-on-url.ts";
import { isPublicAddress } from "./addresses.ts";

type SignOn = { readonly binding: "redirect" | "post"; readonly url: string };

/**
 * Entity id of the provider, whose word counts. What an administrator wrote stands before what was learnt.
 *
 * @throws {Refusal} `connection_not_ready` before the first refresh; `provider_metadata_expired` after `validUntil`.
 */
export function issuerOf(connection: SamlConnection, state: ConnectionState | undefined, now: Epoch): string {
  if (connection.metadata !== undefined && state?.validUntil !== undefined && state.validUntil <= now)
    throw notUsable("provider_metadata_expired", connection, "its metadata's validUntil has passed");
  const entityId = connection.issuer ?? state?.entityId;
  if (entityId === undefined) throw notReady(connection, state);
  return entityId;
}

/**
 * Where to send people.
 *
 * @param privateHosts Exact `host:port` pairs that may be plain http.
 * @throws {Refusal} as `issuerOf`, and `connection_not_ready` without an address for the binding.
 */
export function signOnTo(
  connection: SamlConnection,
  state: ConnectionState | undefined,
  now: Epoch,
  privateHosts: readonly string[],
): SignOn & { readonly entityId: string } {
  const entityId = issuerOf(connection, state, now);
  const signOn = signOnOf(connection, state);
  if (signOn === undefined || !isSignOnUrl(signOn.url, privateHosts)) throw notReady(connection, state);
  return { ...signOn, entityId };
}

/**
 * Whether an address that was learnt is one to send browsers to: not plain http, and no bare address inside somebody's
 * network, unless the deployment lists it. A name may well lead inside: the provider is where its people are.
 */
export function mayLearn(address: string, privateHosts: readonly string[]): boolean {
  if (!isSignOnUrl(address, privateHosts)) return false;
  const url = new URL(address);
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  return isPrivateHost(url, privateHosts) || isIP(literal) === 0 || isPublicAddress(literal);
}

/** The Redirect binding where there is a choice: it needs no page of ours in between. */
function signOnOf(connection: SamlConnection, state: ConnectionState | undefined): SignOn | undefined {
  const { ssoUrl, ssoBinding } = connection;
  if (ssoUrl !== undefined) return { binding: ssoBinding ?? "redirect", url: ssoUrl };
  const known = state?.ssoUrls ?? [];
  if (ssoBinding !== undefined) return known.find(({ binding }) => binding === ssoBinding);
  return known.find(({ binding }) => binding === "redirect") ?? known[0];
}

/**
 * Certificates whose signatures count now: those of the connection, or those learnt that wait for nobody's word and are
 * not withdrawn for good.
 */
export function keysOf(
  { certificates }: SamlConnection,
  state: ConnectionState | undefined,
  now: Epoch,
): readonly string[] {
  if (certificates !== undefined && certificates.length > 0) return certificates;
  return (state?.keys ?? [])
    .filter(({ pending, endsAt }) => pending !== true && (endsAt === undefined || endsAt > now))
    .map(({ certificate }) => certificate);
}

const notReady = (connection: SamlConnection, state: ConnectionState | undefined): Refusal =>
  notUsable("connection_not_ready", connection, state?.failedWith ?? "metadata was not read yet");

function notUsable(
  code: "provider_metadata_expired" | "connection_not_ready",
  { id, title }: SamlConnection,
  why: string,
): Refusal {
  const hint = `Connection ${id}: ${why}.`;
  return new Refusal(code, { connection: id, why }, { about: { connection: title ?? id, hint } });
}
