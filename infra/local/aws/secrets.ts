import { randomBytes, randomUUID } from "node:crypto";
import { AwsFault, invalidMember } from "./faults.ts";
import { type JsonAction, type JsonCall, optionalText, requiredText } from "./json-call.ts";
import type { Secret } from "./state.ts";

const VALUE_BYTES = 65_536;

const prefixOf = (call: JsonCall) => `arn:aws:secretsmanager:${call.region}:${call.caller.accountId}:secret:`;

const ofAccount = (call: JsonCall): readonly Secret[] =>
  [...call.world.state.secrets.values()].filter(({ arn }) => arn.startsWith(prefixOf(call)));

/** The secret that `SecretId` names: its name, or its whole ARN. */
function find(call: JsonCall): Secret {
  const id = requiredText(call, "SecretId");
  const secret = ofAccount(call).find(({ arn, name }) => id === arn || id === name);
  if (secret === undefined)
    throw new AwsFault(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  return secret;
}

function readValue(call: JsonCall): string {
  if (call.input.SecretBinary !== undefined)
    throw new AwsFault(400, "InvalidRequestException", "The local Secrets Manager keeps strings alone.");
  const value = requiredText(call, "SecretString");
  if (Buffer.byteLength(value) > VALUE_BYTES)
    throw invalidMember("secretString", `Member must have length less than or equal to ${VALUE_BYTES}`);
  return value;
}

const create: JsonAction = (call) => {
  const name = requiredText(call, "Name");
  if (!/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(name))
    throw new AwsFault(
      400,
      "ValidationException",
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    );
  if (ofAccount(call).some((secret) => secret.name === name))
    throw new AwsFault(
      400,
      "ResourceExistsException",
      `The operation failed because the secret ${name} already exists.`,
    );
  const suffix = randomBytes(12).toString("base64").replace(/[+/]/g, "x").slice(0, 6);
  const secret: Secret = {
    arn: `${prefixOf(call)}${name}-${suffix}`,
    name,
    value: readValue(call),
    versionId: optionalText(call, "ClientRequestToken") ?? randomUUID(),
    createdAt: call.world.clock.now(),
  };
  call.world.state.secrets.set(secret.arn, secret);
  return { ARN: secret.arn, Name: name, VersionId: secret.versionId };
};

const put: JsonAction = (call) => {
  const secret = find(call);
  const versionId = optionalText(call, "ClientRequestToken") ?? randomUUID();
  call.world.state.secrets.set(secret.arn, { ...secret, value: readValue(call), versionId });
  return { ARN: secret.arn, Name: secret.name, VersionId: versionId, VersionStages: ["AWSCURRENT"] };
};

const get: JsonAction = (call) => {
  const secret = find(call);
  const stage = optionalText(call, "VersionStage") ?? "AWSCURRENT";
  const version = optionalText(call, "VersionId") ?? secret.versionId;
  if (stage !== "AWSCURRENT" || version !== secret.versionId)
    throw new AwsFault(
      400,
      "ResourceNotFoundException",
      "Secrets Manager can't find the specified secret value for staging label or version.",
    );
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: secret.versionId,
    SecretString: secret.value,
    VersionStages: ["AWSCURRENT"],
    CreatedDate: secret.createdAt,
  };
};

export const SECRETS_ACTIONS: Readonly<Record<string, JsonAction>> = {
  CreateSecret: create,
  PutSecretValue: put,
  GetSecretValue: get,
};
