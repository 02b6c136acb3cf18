import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import type { Outbound } from "../core/outbound.ts";

const Text = v.pipe(v.string(), v.maxLength(4096));

/** One public key; private members, certificates and addresses are dropped on reading. */
const PublicKey = v.object({
  kty: v.picklist(["RSA", "EC", "OKP"]),
  kid: v.exactOptional(Text),
  use: v.exactOptional(Text),
  alg: v.exactOptional(Text),
  n: v.exactOptional(Text),
  e: v.exactOptional(Text),
  crv: v.exactOptional(Text),
  x: v.exactOptional(Text),
  y: v.exactOptional(Text),
  /** Entra: the issuer a key may sign for, possibly with `{tenantid}`. */
  issuer: v.exactOptional(Text),
});
type PublicKey = v.InferOutput<typeof PublicKey>;

/** A provider's signing keys. */
export interface KeySet {
  readonly keys: readonly PublicKey[];
}

const Document = v.object({ keys: v.pipe(v.array(v.unknown()), v.minLength(1), v.maxLength(200)) });

/** Largest key set read, bytes; Entra's has about 15 kB. */
const MAX_BYTES = 256_000;

const mayVerify = (key: PublicKey): boolean => key.use === undefined || key.use === "sig";

/**
 * Reads a JWK set. Keys of unknown kinds, symmetric keys and encryption keys are left out.
 *
 * @throws {Refusal} `provider_unreachable` when nothing that could verify a signature is in it.
 * @see https://www.rfc-editor.org/rfc/rfc7517#section-5
 */
export function readKeySet(text: string): KeySet {
  const unusable = () => new Refusal("provider_unreachable", { reason: "key_set_unusable" });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unusable();
  }
  const document = v.safeParse(Document, json);
  if (!document.success) throw unusable();
  const keys = document.output.keys
    .map((key) => v.safeParse(PublicKey, key))
    .flatMap((read) => (read.success ? [read.output] : []))
    .filter(mayVerify);
  if (keys.length === 0) throw unusable();
  return { keys };
}

/**
 * Fetches a JWK set.
 *
 * @throws {Refusal} `provider_unreachable`.
 */
export async function fetchKeySet(
  url: string,
  outbound: Outbound,
  timeoutMilliseconds?: number,
): Promise<KeySet> {
  const { status, body } = await outbound({
    url,
    headers: { accept: "application/json, application/jwk-set+json" },
    maxBytes: MAX_BYTES,
    ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }),
  });
  if (status !== 200)
    throw new Refusal("provider_unreachable", { reason: "status", status, host: new URL(url).host });
  return readKeySet(new TextDecoder().decode(body));
}

/** Whether a token that names this key could be verified with the set; one that names none, always. */
export const holdsKey = (set: KeySet, kid: string | undefined): boolean =>
  kid === undefined || set.keys.some((key) => key.kid === kid);
