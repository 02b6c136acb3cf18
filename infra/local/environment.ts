import { createServer } from "node:net";

/** Where each part of the stack stands, relative to the broker's port. */
export const OFFSETS = { broker: 0, aws: 1, dynamodb: 2, okta: 10, entra: 11, google: 12, ci: 13 } as const;
export type Part = keyof typeof OFFSETS;

export const DEFAULT_PORT = 8700;

/** Name of the table; also what a fresh table is created as. */
export const TABLE = "sekisho";

/** The operator's account: keys, secrets and the broker itself live there. */
export const BROKER_ACCOUNT = "999999999999";

/** The key that seals the audit trail, by its alias: the environment stands before the key is made. */
export const AUDIT_KEY = "alias/sekisho-audit";

/** The look-alike's own credentials of an account. Nothing outside this machine knows or accepts them. */
export const accountCredentials = (accountId: string) => ({
  accessKeyId: `AKIALOCAL${accountId}`,
  secretAccessKey: `local-secret-${accountId}`,
});

/** Client secrets of the demo providers: what the seed's `{ env: }` references name. */
export const DEMO_SECRETS = {
  ENTRA_CLIENT_SECRET: "entra-demo-client-secret",
  GOOGLE_CLIENT_SECRET: "google-demo-client-secret",
} as const;

export const partPort = (base: number, part: Part): number => base + OFFSETS[part];

/** Base addresses of every part: the broker on `localhost`, everything foreign on `127.0.0.1` (decision 10). */
export function partUrls(base: number): Readonly<Record<Part, string>> {
  const at = (part: Part) => `http://127.0.0.1:${partPort(base, part)}`;
  return {
    broker: `http://localhost:${base}`,
    aws: at("aws"),
    dynamodb: at("dynamodb"),
    okta: at("okta"),
    entra: at("entra"),
    google: at("google"),
    ci: at("ci"),
  };
}

/** What the functions of the stack find in their environment, as on Lambda; only the values are local. */
export function localEnvironment(base: number): Record<string, string> {
  const urls = partUrls(base);
  const foreign = [urls.aws, urls.okta, urls.entra, urls.google, urls.ci];
  const awsServices = ["STS", "KMS", "SECRETS_MANAGER", "IAM", "ORGANIZATIONS", "LAMBDA"];
  const operator = accountCredentials(BROKER_ACCOUNT);
  return {
    SEKISHO_URL: urls.broker,
    SEKISHO_TABLE: TABLE,
    SEKISHO_PRIVATE_HOSTS: foreign.map((url) => new URL(url).host).join(","),
    SEKISHO_FIRST_ADMIN: JSON.stringify({ connection: "okta", claim: "groups", equals: "sre" }),
    SEKISHO_AUDIT_KEY: AUDIT_KEY,
    SEKISHO_FEDERATION_URL: `${urls.aws}/federation`,
    SEKISHO_CONSOLE_URL: `${urls.aws}/console/home`,
    ...Object.fromEntries(awsServices.map((service) => [`AWS_ENDPOINT_URL_${service}`, urls.aws])),
    AWS_ENDPOINT_URL_DYNAMODB: urls.dynamodb,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: operator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    ...DEMO_SECRETS,
  };
}

/** AWS settings of the person at the keyboard, which must not leak into the stack. */
const FOREIGN = /^(?:AWS_|SEKISHO_(?!DATA$))/;

/**
 * Puts the stack's environment into this process, in place of the operator's own AWS settings.
 *
 * @returns Puts everything back.
 */
export function enterEnvironment(environment: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (FOREIGN.test(name)) delete process.env[name];
  Object.assign(process.env, environment);
  return () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  };
}

/** Whether nobody listens on 127.0.0.1 at this port. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

/** Parts whose ports are taken. */
export async function busyParts(base: number): Promise<readonly { part: Part; port: number }[]> {
  const parts = Object.keys(OFFSETS) as Part[];
  const asked = parts.map(async (part) => ({ part, port: partPort(base, part) }));
  const answers = await Promise.all(
    asked.map(async (each) => ({ ...(await each), free: await isFree((await each).port) })),
  );
  return answers.filter(({ free }) => !free).map(({ part, port }) => ({ part, port }));
}

/**
 * A base port all of whose parts are free just now, above the ports people use by hand.
 *
 * @param first Where to begin; callers that run side by side begin apart.
 */
export async function freeBase(first: number): Promise<number> {
  for (let base = first; base < 65_000; base += 20) if ((await busyParts(base)).length === 0) return base;
  throw new Error("no free range of ports was found");
}
