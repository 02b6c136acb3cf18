import { openOutbound } from "../connectors/outbound.ts";
import { readConfig } from "../core/config.ts";
import { isRefusal, Refusal } from "../core/errors.ts";
import type { KeyPurpose, KeyRecord } from "../core/signer.ts";
import { type Clock, systemClock } from "../core/time.ts";
import { readConnectionState } from "../store/connections.ts";
import { activeKey, readKeys } from "../store/keys.ts";
import { readPepper } from "../store/people.ts";
import { openRules } from "../store/rules.ts";
import { openTable } from "../store/table.ts";
import type { Broker } from "./broker.ts";
import { cached } from "./cached.ts";

/** How long a container believes what it read of our own keys, in seconds. */
const KEYS_BELIEVED_SECONDS = 60;
/** And of providers: a key that an administrator ended must not be believed longer than a rule that was removed. */
const PROVIDER_BELIEVED_SECONDS = 5;

/** What every function holds: the table and what is read from it. */
export type Base = Pick<Broker, "clock" | "config" | "table" | "rules" | "pepper" | "stateOf" | "keys">;

/** Opens the table and its readers; nothing is called yet. */
export function openBase(
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock = systemClock,
): Base {
  const config = readConfig(environment);
  const table = openTable(config.table);
  const pepper = cached(clock, Number.POSITIVE_INFINITY, (_: "pepper") => readPepper(table));
  return {
    clock,
    config,
    table,
    rules: openRules(table, clock),
    pepper: () => pepper("pepper"),
    stateOf: cached(clock, PROVIDER_BELIEVED_SECONDS, (id: string) => readConnectionState(table, id)),
    keys: cached(clock, KEYS_BELIEVED_SECONDS, (purpose: KeyPurpose) => readKeys(table, purpose)),
  };
}

/** The way out to providers. */
export const openWayOut = ({ config }: Base): Pick<Broker, "outbound"> => ({
  outbound: openOutbound({ privateHosts: config.privateHosts }),
});

/**
 * What speaking to providers takes besides: secrets, our signature, decryption. AWS clients for these are loaded when
 * a connection asks for them; most never do.
 */
export function openProviderKeys({
  config,
  keys,
  clock,
}: Base): Pick<Broker, "secret" | "spSigner" | "unwrapKey"> {
  let secrets: Promise<Broker["secret"]> | undefined;
  const openSecrets = async () => (await import("../aws/secrets.ts")).openSecrets(config.envSecrets, clock);
  return {
    secret: async (ref, connection) => {
      secrets ??= openSecrets();
      return (await secrets)(ref, connection);
    },
    spSigner: async () => {
      const [{ openSigner }, records] = await Promise.all([import("../aws/kms.ts"), keys("sp-sign")]);
      return openSigner(activeKey(records, "sp-sign"));
    },
    unwrapKey: async (wrapped, hash) => {
      const [{ openUnwrap }, records] = await Promise.all([import("../aws/kms.ts"), keys("sp-decrypt")]);
      const active = activeKey(records, "sp-decrypt");
      const others = records.filter((record) => record !== active);
      return unwrapWithAny([active, ...others], ({ keyId }) => openUnwrap(keyId)(wrapped, hash));
    },
  };
}

/**
 * Providers encrypt to whichever published certificate they took last, so the others are tried after the active key.
 *
 * @throws what the last key threw; `broker_unavailable` at once, for it is nothing another key could mend.
 */
async function unwrapWithAny(
  [record, ...others]: readonly KeyRecord[],
  unwrap: (record: KeyRecord) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  if (record === undefined) throw new Refusal("keys_missing", { purpose: "sp-decrypt" });
  try {
    return await unwrap(record);
  } catch (thrown) {
    if (others.length === 0 || isRefusal(thrown)) throw thrown;
    return unwrapWithAny(others, unwrap);
  }
}

/** The key that speaks to AWS. Only `credentials` may call this: its role alone may sign with it. */
export const openIssuer = ({ keys }: Base): Pick<Broker, "issuer"> => ({
  issuer: async () => {
    const [{ openSigner }, records] = await Promise.all([import("../aws/kms.ts"), keys("issuer-aws")]);
    return openSigner(activeKey(records, "issuer-aws"));
  },
});

/** The key that seals the audit trail. Only `worker` may call this: its role alone may sign with it. */
export function openSealing({ config: { auditKey } }: Base): Pick<Broker, "sealer"> {
  let opened: ReturnType<Broker["sealer"]> | undefined;
  const open = async (): ReturnType<Broker["sealer"]> => {
    if (auditKey === undefined) throw new Refusal("keys_missing", { purpose: "audit" });
    return (await import("../aws/kms.ts")).openSealer(auditKey);
  };
  return {
    sealer: () => {
      opened ??= open().catch((thrown: unknown) => {
        opened = undefined; // the next round asks again
        throw thrown;
      });
      return opened;
    },
  };
}

/**
 * Where whole events of the audit trail go besides, as the deployment says. Only `worker` may call this: its role alone
 * may write there.
 */
export function openSinks(
  { config: { auditBus, auditBucket }, clock, table }: Base,
  environment: Readonly<Record<string, string | undefined>>,
): Pick<Broker, "sinks"> {
  const identity = async () => {
    const { config } = table.client;
    const [region, credentials] = await Promise.all([config.region(), config.credentials()]);
    return { region, credentials };
  };
  const caller = { environment, clock, identity };
  return {
    sinks: async () => [
      ...(auditBus === undefined ? [] : [(await import("./audit-bus.ts")).openBus(caller, auditBus)]),
      ...(auditBucket === undefined
        ? []
        : [(await import("./audit-bucket.ts")).openBucket(caller, auditBucket)]),
    ],
  };
}
