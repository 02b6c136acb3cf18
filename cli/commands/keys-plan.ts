import { type KmsKey, readKmsKey, signDigest } from "../../lib/aws/kms.ts";
import { KEY_PURPOSES, type KeyPurpose, type KeyRecord } from "../../lib/core/signer.ts";
import { makeKeyRecord } from "../../lib/saml/certificate.ts";

/** One key as it shall be, and whether that is news. */
export interface Desired {
  readonly record: KeyRecord;
  readonly change: "new" | "renewed" | "next" | "activated" | "retired" | "unchanged";
}

const USAGES: Readonly<Record<KeyPurpose, string>> = {
  "issuer-aws": "SIGN_VERIFY",
  "sp-sign": "SIGN_VERIFY",
  "sp-decrypt": "ENCRYPT_DECRYPT",
};
const SPECS = new Set(["RSA_2048", "RSA_3072", "RSA_4096"]);
const nameOf = (purpose: KeyPurpose): string => `Sekisho ${purpose}`;

/** What the admin function answered to `list-keys`. @throws {Error} when it is something else. */
export function readRecords(answer: unknown): readonly KeyRecord[] {
  const keys = typeof answer === "object" && answer !== null && "keys" in answer ? answer.keys : undefined;
  if (!Array.isArray(keys) || !keys.every(isRecord))
    throw new Error("The function did not answer with keys; is it the admin function of a Sekisho broker?");
  return keys;
}

function isRecord(value: unknown): value is KeyRecord {
  if (typeof value !== "object" || value === null) return false;
  const { purpose, keyId, certificate, state, createdAt } = value as Record<string, unknown>;
  return (
    KEY_PURPOSES.some((one) => one === purpose) &&
    typeof keyId === "string" &&
    typeof certificate === "string" &&
    (state === "active" || state === "next" || state === "retired") &&
    typeof createdAt === "number"
  );
}

/**
 * Certificates over all three keys. Dates and serial numbers come from the keys themselves, so that a second run makes
 * the same bytes.
 *
 * @throws {Error} naming the key that is of the wrong kind, or serves two purposes.
 */
export async function certifyAll(ids: Readonly<Record<KeyPurpose, string>>): Promise<readonly KeyRecord[]> {
  const keys = await Promise.all(KEY_PURPOSES.map((purpose) => readFor(purpose, ids[purpose])));
  if (new Set(keys.map(({ keyId }) => keyId)).size < keys.length)
    throw new Error("Each purpose needs a KMS key of its own.");
  const signing = keys.find(({ purpose }) => purpose === "sp-sign")?.keyId ?? "";
  return Promise.all(keys.map((key) => certify(key, signing)));
}

/**
 * The certificate over a key that is to come. A key that only decrypts is vouched for by the active `sp-sign`; one that
 * was in use before has its certificate already, so that going back needs nobody who may sign.
 */
export async function certifyNext(
  known: readonly KeyRecord[],
  purpose: KeyPurpose,
  id: string,
): Promise<KeyRecord> {
  const signing = known.find((record) => record.purpose === "sp-sign" && record.state === "active");
  if (signing === undefined) throw new Error("The broker has no keys yet: run `sekisho keys init`.");
  const key = await readFor(purpose, id);
  const before = known.find((record) => record.purpose === purpose && record.keyId === key.keyId);
  return { ...(before ?? (await certify(key, signing.keyId))), state: "next" };
}

type PurposeKey = KmsKey & { readonly purpose: KeyPurpose };

async function readFor(purpose: KeyPurpose, id: string): Promise<PurposeKey> {
  const key = await readKmsKey(id);
  if (key.usage !== USAGES[purpose] || !SPECS.has(key.spec))
    throw new Error(
      `${purpose} needs an RSA key for ${USAGES[purpose]}; ${id} is ${key.spec}, ${key.usage}.`,
    );
  return { ...key, purpose };
}

/** @param signing KMS key that signs for a key that cannot. */
function certify({ purpose, ...key }: PurposeKey, signing: string): Promise<KeyRecord> {
  const own = purpose !== "sp-decrypt";
  return makeKeyRecord({
    purpose,
    keyId: key.keyId,
    publicKeyDer: key.publicKeyDer,
    sign: (digest) => signAsOperator(own ? key.keyId : signing, digest),
    subjectName: nameOf(purpose),
    ...(own ? {} : { issuerName: nameOf("sp-sign") }),
    now: key.createdAt,
  });
}

/** @throws {Error} in KMS's own words: who is to sign must learn which of the two, the key or they, is the wrong one. */
async function signAsOperator(keyId: string, digest: Uint8Array): Promise<Uint8Array> {
  try {
    return await signDigest(keyId, digest);
  } catch (thrown) {
    const { cause } = thrown instanceof Error ? thrown : {};
    if (!(cause instanceof Error)) throw thrown;
    const hint =
      cause.name === "AccessDeniedException"
        ? " Deploy with the parameter keyOperator set to the principal you work as."
        : "";
    throw new Error(`KMS does not sign with ${keyId}: ${cause.name}, ${cause.message}${hint}`, { cause });
  }
}

/** First keys, or the same ones again. @throws {Error} where another key is active already. */
export function planInit(known: readonly KeyRecord[], made: readonly KeyRecord[]): readonly Desired[] {
  return made.map((record): Desired => {
    const ours = known.filter(({ purpose }) => purpose === record.purpose);
    const active = ours.find(({ state }) => state === "active");
    if (active === undefined) return { record, change: "new" };
    if (active.keyId !== record.keyId)
      throw new Error(
        `${record.purpose} uses ${active.keyId} already. To change it, run \`sekisho keys rotate ${record.purpose}\`.`,
      );
    return active.certificate === record.certificate
      ? { record: active, change: "unchanged" }
      : { record, change: "renewed" };
  });
}

/** Publishes a key without using it. @throws {Error} where one is next already, or this one is known. */
export function planNext(known: readonly KeyRecord[], next: KeyRecord): readonly Desired[] {
  const ours = known.filter(({ purpose }) => purpose === next.purpose);
  const same = ours.find(({ keyId }) => keyId === next.keyId);
  if (same?.state === "next") return [{ record: same, change: "unchanged" }];
  if (same?.state === "active") throw new Error(`${next.keyId} is active already.`);
  const other = ours.find(({ state }) => state === "next");
  if (other !== undefined) throw new Error(`${other.keyId} is next already; activate or retire it first.`);
  return [{ record: next, change: "next" }];
}

/** The next key becomes active and the active one retired; both stay published. @throws {Error} without a next one. */
export function planActivate(known: readonly KeyRecord[], purpose: KeyPurpose): readonly Desired[] {
  const ours = known.filter((record) => record.purpose === purpose);
  const next = ours.find(({ state }) => state === "next");
  if (next === undefined) throw new Error(`No key is next for ${purpose}: publish one with --key first.`);
  const active = ours.filter(({ state }) => state === "active");
  return [
    { record: { ...next, state: "active" }, change: "activated" },
    ...active.map((record): Desired => ({ record: { ...record, state: "retired" }, change: "retired" })),
  ];
}

/** The record to take away. @throws {Error} for a key that is unknown or in use. */
export function planRetire(known: readonly KeyRecord[], purpose: KeyPurpose, keyId: string): KeyRecord {
  const record = known.find((one) => one.purpose === purpose && one.keyId === keyId);
  if (record === undefined) throw new Error(`${purpose} has no key ${keyId}.`);
  if (record.state === "active") throw new Error(`${keyId} is in use. Rotate ${purpose} first.`);
  return record;
}
