import { callerArn } from "./assume-role.ts";
import { type Effect, effectOf, judge, sessionContext } from "./evaluate.ts";
import { AwsFault } from "./faults.ts";
import { type JsonCall, requiredText } from "./json-call.ts";
import { parsePolicy, type Statement } from "./policy.ts";
import type { Caller } from "./sigv4.ts";
import type { KmsKey } from "./state.ts";

const POLICY_BYTES = 32_768;

const notFound = (what: string) => new AwsFault(400, "NotFoundException", what);

/** The key that an id, ARN, alias or alias ARN means in the caller's account and region. */
export function resolveKey(call: JsonCall, text: string): KmsKey {
  const { keys, aliases } = call.world.state;
  const prefix = `arn:aws:kms:${call.region}:${call.caller.accountId}:`;
  const full = text.startsWith("arn:")
    ? text
    : `${prefix}${text.startsWith("alias/") ? text : `key/${text}`}`;
  const isAlias = full.split(":")[5]?.startsWith("alias/");
  const key = keys.get(isAlias ? (aliases.get(full) ?? "") : full);
  if (key === undefined || key.region !== call.region)
    throw notFound(
      isAlias ? `Alias ${full.slice(0, 300)} is not found.` : `Key '${full.slice(0, 300)}' does not exist`,
    );
  return key;
}

/** The key that `KeyId` names. */
export const findKey = (call: JsonCall): KmsKey => resolveKey(call, requiredText(call, "KeyId"));

const principalNames = (caller: Caller): readonly string[] =>
  caller.kind === "session" ? [callerArn(caller), caller.session.roleArn] : [callerArn(caller)];

/** Condition keys of KMS that a request itself answers. */
const ASKED = { MessageType: "RAW", SigningAlgorithm: undefined, EncryptionAlgorithm: undefined } as const;

const askedContext = ({ input }: JsonCall): readonly (readonly [string, readonly string[]])[] =>
  Object.entries(ASKED).flatMap(([name, absent]) => {
    const value = input[name] ?? absent;
    return typeof value === "string" ? [[`kms:${name.toLowerCase()}`, [value]] as const] : [];
  });

/** What the statements that name this caller say; `root` and the account id stand for the account's own IAM. */
function effectFor(
  call: JsonCall,
  statements: readonly Statement[],
  names: readonly string[],
  operation: string,
): Effect {
  const { caller, world } = call;
  const own =
    caller.kind === "session"
      ? sessionContext(caller.session, world.clock.now())
      : new Map<string, readonly string[]>();
  const context = new Map([...own, ...askedContext(call)]);
  const speaking = statements.filter(({ principals }) =>
    principals.some(([kind, value]) => kind === "AWS" && (value === "*" || names.includes(value))),
  );
  return effectOf(speaking, { action: `kms:${operation}`, resource: "*", context });
}

/** Whether the caller's own policies allow it, where the key policy leaves that to IAM. */
function allowedByIam({ caller, world }: JsonCall, key: KmsKey, operation: string): boolean {
  if (caller.kind === "account") return true;
  const context = sessionContext(caller.session, world.clock.now());
  return judge(world.state, caller.session, { action: `kms:${operation}`, resource: key.arn, context })
    .allowed;
}

/**
 * Asks the key policy, and where it delegates to the account the caller's own policies too.
 *
 * @throws {AwsFault} AccessDeniedException.
 */
export function authorizeKey(call: JsonCall, key: KmsKey, operation: string): void {
  const statements = parsePolicy(key.policy, "key");
  const account = call.caller.accountId;
  const direct = effectFor(call, statements, principalNames(call.caller), operation);
  const root = effectFor(call, statements, [`arn:aws:iam::${account}:root`, account], operation);
  const allowed = direct === "allow" || root === "allow";
  const bySession = call.caller.kind === "account" || allowedByIam(call, key, operation);
  if (direct === "deny" || root === "deny" || !allowed || !bySession)
    throw new AwsFault(
      400,
      "AccessDeniedException",
      `User: ${callerArn(call.caller)} is not authorized to perform: kms:${operation} on resource: ${key.arn}`,
    );
}

/** A key policy as given, or the default one that leaves the key to the account's IAM. */
export function keyPolicy(call: JsonCall, given: string | undefined): string {
  const text =
    given ??
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${call.caller.accountId}:root` },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    });
  if (Buffer.byteLength(text) > POLICY_BYTES)
    throw new AwsFault(400, "LimitExceededException", "The key policy exceeds 32 kB");
  try {
    parsePolicy(text, "key");
  } catch (cause) {
    throw new AwsFault(400, "MalformedPolicyDocumentException", cause instanceof Error ? cause.message : "");
  }
  return text;
}
