import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SecretRef } from "../core/connection.ts";
import { endWithRequest } from "../core/deadline.ts";
import { Refusal } from "../core/errors.ts";
import { ONE_TRY } from "../core/limits.ts";
import { persistently } from "../core/persistence.ts";
import { type Clock, type Epoch, systemClock } from "../core/time.ts";

/** How long a container believes a secret, in seconds: a rotated one is in use everywhere after that. */
const BELIEVED_SECONDS = 300;
/** Secrets of connections have a home, so that a function's role need not reach any other (decision 20). */
const ARN = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:sekisho\/([a-z0-9-]+)\/[\w/+=.@-]+$/;
const REGION = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):/;

/**
 * Opens the way to secrets, which configuration names and never holds.
 *
 * @param envSecrets Where refused (on Lambda), `{ env: }` is no secret and ARNs must lie under `sekisho/{connection}/`.
 * @returns A function from a reference, and the connection that uses it, to the secret's text; it throws
 *   {@link Refusal} `broker_unavailable` when there is no such secret or it may not be read.
 */
export function openSecrets(
  envSecrets: "allowed" | "refused",
  clock: Clock = systemClock,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): (ref: SecretRef, connection?: string) => Promise<string> {
  const believed = new Map<string, { readonly value: Promise<string>; readonly until: Epoch }>();
  const clients = new Map<string, SecretsManagerClient>();

  const fetchSecret = async (arn: string): Promise<string> => {
    const region = REGION.exec(arn)?.[1] ?? "";
    const client = clients.get(region) ?? openClient(region);
    clients.set(region, client);
    return readSecret(client, arn);
  };

  return async (ref, connection) => {
    if ("env" in ref) return fromEnvironment(ref.env, envSecrets, environment);
    if (envSecrets === "refused") checkHome(ref.secret, connection);
    const now = clock.now();
    const known = believed.get(ref.secret);
    if (known !== undefined && now < known.until) return known.value;
    const value = fetchSecret(ref.secret);
    believed.set(ref.secret, { value, until: now + BELIEVED_SECONDS });
    // A failure is not believed: the next caller asks again.
    value.catch(() => believed.delete(ref.secret));
    return value;
  };
}

const openClient = (region: string): SecretsManagerClient =>
  endWithRequest(new SecretsManagerClient({ ...(region === "" ? {} : { region }), ...ONE_TRY }));

async function readSecret(client: SecretsManagerClient, arn: string): Promise<string> {
  let text: string | undefined;
  try {
    ({ SecretString: text } = await persistently(() =>
      client.send(new GetSecretValueCommand({ SecretId: arn })),
    ));
  } catch (cause) {
    const error = cause instanceof Error ? cause.name : "unknown";
    throw new Refusal("broker_unavailable", { secret: arn, error }, { cause });
  }
  if (text === undefined) throw new Refusal("broker_unavailable", { secret: arn, error: "binary" });
  return text;
}

function fromEnvironment(
  name: string,
  envSecrets: "allowed" | "refused",
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const value = envSecrets === "allowed" ? environment[name] : undefined;
  if (value === undefined) throw new Refusal("broker_unavailable", { env: name, envSecrets });
  return value;
}

function checkHome(arn: string, connection: string | undefined): void {
  const owner = ARN.exec(arn)?.[2];
  if (owner === undefined || (connection !== undefined && owner !== connection))
    throw new Refusal("broker_unavailable", { secret: arn, error: "outside sekisho/{connection}/" });
}
