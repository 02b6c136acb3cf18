import type { ConnectionState, ProviderKey, SamlConnection } from "../core/connection.ts";
import { isRefusal, Refusal } from "../core/errors.ts";
import type { Epoch } from "../core/time.ts";
import { type ProviderMetadata, readMetadata } from "../saml/metadata.ts";
import { NO_SIGNING_KEYS } from "../saml/metadata-tree.ts";
import { trustedKeys } from "../saml/trusted-keys.ts";
import type { Surroundings } from "./connector.ts";
import { mayLearn } from "./saml-provider.ts";
import { endOf, GRACE_SECONDS, rollOver } from "./saml-rollover.ts";

/** Metadata this close to its end is worth an alarm: after it, nobody signs in. */
const WARNING_SECONDS = 14 * 86_400;
const LARGEST = 1_000_000;

/** What one refresh came to. */
export interface SamlRefresh {
  readonly state: ConnectionState;
  /** What an administrator should look at: a code, and what it is about. */
  readonly alarms: readonly string[];
}

/** What a refresh takes. */
type Refreshing = Pick<Surroundings, "clock" | "outbound" | "privateHosts">;

/**
 * Reads a provider's metadata again.
 *
 * A failed refresh keeps what there was and says so. A key that is gone ends within 24 hours (decision 11); a new one
 * raises an alarm and, where the connection says so, waits for an administrator. At the very first refresh every key is
 * new, and is believed as much as the metadata's address is.
 *
 * @param previous What was known; undefined before the first refresh.
 * @throws nothing that a provider or an administrator can cause.
 */
export async function refreshSaml(
  connection: SamlConnection,
  previous: ConnectionState | undefined,
  surroundings: Refreshing,
): Promise<SamlRefresh> {
  const now = surroundings.clock.now();
  try {
    const metadata = await learn(connection, previous, surroundings, now);
    return metadata === undefined ? asWritten(connection, now) : learnt(connection, previous, metadata, now);
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    const kept = previous ?? { connection: connection.id, keys: [], refreshedAt: now };
    const { state, alarms } = without(connection, kept, thrown, now);
    return {
      state: { ...state, failedWith: thrown.code },
      alarms: [`metadata_failed ${thrown.code}`, ...alarms],
    };
  }
}

/** Metadata that cannot be used leaves everything as it was, but for keys of a provider that publishes none any more. */
function without(
  connection: SamlConnection,
  kept: ConnectionState,
  { detail: { reason, entityId } }: Refusal,
  now: Epoch,
): SamlRefresh {
  const itself = entityId !== undefined && entityId === (connection.issuer ?? kept.entityId);
  if (reason !== NO_SIGNING_KEYS || !itself) return { state: kept, alarms: [] };
  const { keys, alarms } = rollOver(kept.keys, [], { now, newKeys: "wait" });
  return { state: { ...kept, keys }, alarms: [...alarms, ...keyAlarms(keys, now)] };
}

/** What the connection holds itself needs no refresh. */
function asWritten(
  { id, issuer, certificates = [], ssoUrl, ssoBinding }: SamlConnection,
  now: Epoch,
): SamlRefresh {
  const state: ConnectionState = {
    connection: id,
    keys: certificates.map((certificate) => ({ certificate, seenAt: now })),
    refreshedAt: now,
    ...(issuer === undefined ? {} : { entityId: issuer }),
    ...(ssoUrl === undefined ? {} : { ssoUrls: [{ binding: ssoBinding ?? "redirect", url: ssoUrl }] }),
  };
  return { state, alarms: [] };
}

/** @returns The provider's metadata, still valid and the same provider's; undefined where the connection has none. */
async function learn(
  connection: SamlConnection,
  previous: ConnectionState | undefined,
  { outbound, privateHosts = [] }: Refreshing,
  now: Epoch,
): Promise<ProviderMetadata | undefined> {
  if (connection.metadata === undefined) return undefined;
  const xml = await fetchMetadata(connection.metadata, outbound);
  const { issuer } = connection;
  const read = await readMetadata(xml, {
    privateHosts,
    ...(issuer === undefined ? {} : { entityId: issuer }),
  });
  const metadata = { ...read, ssoUrls: read.ssoUrls.filter(({ url }) => mayLearn(url, privateHosts)) };
  checkUsable(metadata);
  if (metadata.validUntil !== undefined && metadata.validUntil <= now)
    throw new Refusal("provider_metadata_expired", { validUntil: metadata.validUntil });
  // Another provider at the same address is a new connection, unless an administrator names it.
  if (issuer === undefined && previous?.entityId !== undefined && previous.entityId !== metadata.entityId)
    throw new Refusal(
      "provider_metadata_other_entity",
      { connection: connection.id },
      {
        about: {
          hint: `Set \`issuer\` on Connection ${connection.id} if the provider's entity id did change.`,
        },
      },
    );
  return metadata;
}

/** What nobody could sign in by must not take the place of what they can. @throws {Refusal} `provider_metadata_invalid`. */
function checkUsable({ ssoUrls, certificates }: ProviderMetadata): void {
  const invalid = (reason: string, hint: string) =>
    new Refusal("provider_metadata_invalid", { reason }, { about: { hint } });
  if (ssoUrls.length === 0)
    throw invalid(
      "no address to send browsers to",
      "Every sign-on address in the metadata is plain http, or a bare address that is not public.",
    );
  try {
    trustedKeys(certificates);
  } catch {
    throw invalid("weak keys", "Every signing key in the metadata is weaker than RSA 2048 or P-256.");
  }
}

async function fetchMetadata(
  source: NonNullable<SamlConnection["metadata"]>,
  outbound: Surroundings["outbound"],
): Promise<string> {
  if ("xml" in source) return source.xml;
  if ("file" in source)
    throw new Refusal("provider_metadata_invalid", { reason: "a file is read by `sekisho apply`" });
  const { status, body } = await outbound({
    url: source.url,
    headers: { accept: "application/samlmetadata+xml, application/xml, text/xml" },
    maxBytes: LARGEST,
  });
  if (status !== 200) throw new Refusal("provider_unreachable", { metadata: true, status });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw new Refusal("provider_metadata_invalid", { reason: "not UTF-8" }, { cause });
  }
}

function learnt(
  connection: SamlConnection,
  previous: ConnectionState | undefined,
  metadata: ProviderMetadata,
  now: Epoch,
): SamlRefresh {
  // Keys of another provider are no keys of this one.
  const before = previous?.entityId === metadata.entityId ? previous : undefined;
  const { keys, alarms } = rollOver(before?.keys, metadata.certificates, {
    now,
    newKeys: connection.approveNewKeys ? "wait" : "believe",
  });
  const { validUntil } = metadata;
  const state: ConnectionState = {
    connection: connection.id,
    entityId: metadata.entityId,
    ssoUrls: metadata.ssoUrls,
    wantsSignedRequests: metadata.wantsSignedRequests,
    keys,
    refreshedAt: now,
    ...(validUntil === undefined ? {} : { validUntil }),
  };
  return { state, alarms: [...alarms, ...stateAlarms(before, state, now)] };
}

function stateAlarms(before: ConnectionState | undefined, state: ConnectionState, now: Epoch): string[] {
  const moved = before !== undefined && JSON.stringify(before.ssoUrls) !== JSON.stringify(state.ssoUrls);
  const ending = state.validUntil !== undefined && state.validUntil - now < WARNING_SECONDS;
  return [
    ...(moved ? ["sso_url_changed"] : []),
    ...(ending ? ["metadata_ends_soon"] : []),
    ...keyAlarms(state.keys, now),
  ];
}

/** Whether a day from now anybody could sign in. */
const keyAlarms = (keys: readonly ProviderKey[], now: Epoch): string[] =>
  keys.some((key) => key.pending !== true && endOf(key) > now + GRACE_SECONDS) ? [] : ["no_usable_key"];
