import { Refusal } from "../core/errors.ts";
import type { KeyRecord } from "../core/signer.ts";
import type { Broker } from "./broker.ts";
import { issuerEntityId } from "./issuer.ts";
import { peopleConnection } from "./providers.ts";

type Publishing = Pick<Broker, "config" | "rules" | "keys">;

/**
 * Our metadata as AWS's identity provider. It lists every key of the purpose, so that a rotation overlaps: IAM is
 * given the next key before it signs, and keeps the last one while its assertions may still arrive.
 *
 * @throws {Refusal} `keys_missing` before `sekisho keys init`.
 */
export async function brokerMetadata({ config, keys }: Publishing): Promise<string> {
  const [{ idpMetadata }, records] = await Promise.all([import("../saml/metadata.ts"), keys("issuer-aws")]);
  if (records.length === 0) throw new Refusal("keys_missing", { purpose: "issuer-aws" });
  return idpMetadata({
    entityId: issuerEntityId(config.url),
    certificates: records.map(({ certificate }) => certificate),
    ssoUrl: `${config.url}/saml/idp/sso`,
  });
}

/**
 * Our metadata for one provider.
 *
 * @throws {Refusal} `connection_unknown` for connections that do not speak SAML.
 */
export async function connectionMetadata({ config, rules, keys }: Publishing, id: string): Promise<string> {
  const connection = peopleConnection(await rules.world(), id);
  if (connection.protocol !== "saml") throw new Refusal("connection_unknown", { id });
  const [{ spMetadata }, signing, decryption] = await Promise.all([
    import("../saml/metadata.ts"),
    keys("sp-sign"),
    keys("sp-decrypt"),
  ]);
  return spMetadata({
    entityId: connection.entityId ?? `${config.url}/saml/${id}/metadata`,
    acs: connection.acs ?? `${config.url}/saml/${id}/acs`,
    signingCertificates: signing.map(({ certificate }) => certificate),
    encryptionCertificates: preferred(decryption).map(({ certificate }) => certificate),
    signsRequests: connection.signRequests,
  });
}

const PREFERENCE = { active: 0, next: 1, retired: 2 } as const;

/** What to encrypt to is for the reader to choose, and many take the first: one that is on its way out comes last. */
const preferred = (records: readonly KeyRecord[]): readonly KeyRecord[] =>
  records.toSorted((one, other) => PREFERENCE[one.state] - PREFERENCE[other.state]);

/** Public keys of our client assertions, as JWKS; `kid` is the certificate's SHA-256 thumbprint. */
export async function clientKeys({ keys }: Publishing): Promise<{ keys: readonly object[] }> {
  const [{ publishedKey }, records] = await Promise.all([
    import("../oidc/client-assertion.ts"),
    keys("sp-sign"),
  ]);
  return { keys: records.map(({ certificate }) => publishedKey(certificate)) };
}
