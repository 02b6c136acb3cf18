/** An identity provider as one account knows it. */
export interface SamlProvider {
  readonly arn: string;
  readonly accountId: string;
  readonly name: string;
  readonly uuid: string;
  readonly metadata: string;
  readonly entityId: string;
  /** Signing certificates of the metadata, base64 DER. */
  readonly certificates: readonly string[];
  readonly createdAt: number;
}

export interface IamRole {
  readonly arn: string;
  readonly accountId: string;
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly description: string;
  /** Trust policy, JSON as given. */
  readonly trust: string;
  readonly maxSessionSeconds: number;
  /** Inline policies, name -> JSON. */
  readonly policies: Readonly<Record<string, string>>;
  /** ARNs of managed policies. */
  readonly attached: readonly string[];
  readonly createdAt: number;
}

export interface ManagedPolicy {
  readonly arn: string;
  readonly id: string;
  readonly name: string;
  readonly document: string;
  readonly createdAt: number;
}

export type KeySpec = "RSA_2048" | "RSA_3072" | "RSA_4096" | "ECC_NIST_P256";
export type KeyUsage = "SIGN_VERIFY" | "ENCRYPT_DECRYPT";

export interface KmsKey {
  readonly arn: string;
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  readonly description: string;
  /** PKCS#8 PEM; never leaves the look-alike. */
  readonly privateKey: string;
  readonly policy: string;
  readonly enabled: boolean;
  readonly createdAt: number;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly value: string;
  readonly versionId: string;
  readonly createdAt: number;
}

/** Credentials that STS handed out. */
export interface AwsSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly accountId: string;
  readonly partition: string;
  readonly roleArn: string;
  readonly roleName: string;
  readonly roleId: string;
  readonly sessionName: string;
  readonly maxSessionSeconds: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
  /** Session policy, JSON. */
  readonly policy?: string;
  readonly policyArns: readonly string[];
  /** Whether other session credentials assumed this role. */
  readonly chained: boolean;
  /** Condition keys that survive a SAML sign-in. */
  readonly saml?: { readonly sub: string; readonly subType: string; readonly nameQualifier: string };
}

/** A sign-in token of the federation endpoint; spent by the first use. */
export interface SigninToken {
  readonly accessKeyId: string;
  readonly sessionSeconds?: number;
  readonly expiresAt: number;
}

export interface ConsoleSession {
  readonly accessKeyId: string;
  /** Where the console sends people when the session ends. */
  readonly issuer: string;
  readonly expiresAt: number;
}

/** Everything that lives, by its natural key. */
export interface State {
  /** By ARN. */
  readonly providers: Map<string, SamlProvider>;
  /** By ARN. */
  readonly roles: Map<string, IamRole>;
  /** By ARN. */
  readonly policies: Map<string, ManagedPolicy>;
  /** By ARN. */
  readonly keys: Map<string, KmsKey>;
  /** Alias ARN -> key ARN. */
  readonly aliases: Map<string, string>;
  /** By ARN. */
  readonly secrets: Map<string, Secret>;
  /** By access key id. */
  readonly sessions: Map<string, AwsSession>;
  /** Issuer and assertion id -> when it may be forgotten. */
  readonly spentAssertions: Map<string, number>;
  readonly signinTokens: Map<string, SigninToken>;
  /** By cookie value. */
  readonly consoles: Map<string, ConsoleSession>;
}

/** JSON form of the whole state, private keys included: keep it where only the owner reads. */
export interface Snapshot {
  readonly schema: 1;
  readonly entries: { readonly [Name in keyof State]?: readonly [string, unknown][] };
}

const EMPTY = (): State => ({
  providers: new Map(),
  roles: new Map(),
  policies: new Map(),
  keys: new Map(),
  aliases: new Map(),
  secrets: new Map(),
  sessions: new Map(),
  spentAssertions: new Map(),
  signinTokens: new Map(),
  consoles: new Map(),
});

/** @throws when the snapshot is not one of ours. */
export function openState(snapshot: Snapshot | undefined): State {
  const state = EMPTY();
  if (snapshot === undefined) return state;
  if (snapshot.schema !== 1) throw new Error("The kept state of the AWS look-alike has another schema.");
  for (const name of Object.keys(state) as (keyof State)[])
    for (const [key, value] of snapshot.entries[name] ?? [])
      (state[name] as Map<string, unknown>).set(key, value);
  return state;
}

export const snapshotOf = (state: State): Snapshot => ({
  schema: 1,
  entries: Object.fromEntries(
    Object.entries(state).map(([name, map]: [string, Map<string, unknown>]) => [name, [...map]]),
  ),
});

/** Forgets what time has ended, so that a stack that runs for weeks does not grow. */
export function sweep(state: State, now: number): void {
  for (const map of [state.sessions, state.signinTokens, state.consoles])
    for (const [key, { expiresAt }] of map) if (expiresAt + 86_400 < now) map.delete(key);
  for (const [key, until] of state.spentAssertions) if (until < now) state.spentAssertions.delete(key);
}
