import { type FaultyWire, startFaultyWire } from "../../support/faulty-wire.ts";
import { type Request, TABLE_ARN } from "./rights.ts";

interface Value {
  readonly S?: string;
}
type Item = Readonly<Record<string, Value>>;
/** One of a BatchWriteItem. */
interface Written {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}
interface Body {
  readonly Key?: Item;
  readonly Item?: Item;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly Item[] } | readonly Written[]>>;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeValues?: Item;
  readonly SecretId?: string;
  readonly KeyId?: string;
  readonly MessageType?: string;
  readonly SigningAlgorithm?: string;
  readonly EncryptionAlgorithm?: string;
}

/** What a request to DynamoDB, KMS or Secrets Manager asks for. */
export interface Overheard extends Request {
  readonly keyId?: string;
}

/** @throws {Error} of a request whose keys cannot be read: it would count as asking for nothing. */
function understand(functionName: string, operation: string, body: Body): Overheard {
  if (["Sign", "Decrypt", "GetPublicKey"].includes(operation))
    return {
      functionName,
      action: `kms:${operation}`,
      resource: "*",
      keyId: body.KeyId ?? "",
      context: kmsContext(body),
    };
  if (operation === "GetSecretValue")
    return {
      functionName,
      action: `secretsmanager:${operation}`,
      resource: body.SecretId ?? "",
      context: {},
    };
  const keys = keysOf(body);
  if (keys.length === 0 || keys.some((key) => key === undefined))
    throw new Error(`${functionName}: no keys in ${operation}`);
  return {
    functionName,
    action: `dynamodb:${operation}`,
    resource: TABLE_ARN,
    context: { "dynamodb:LeadingKeys": keys.map(String) },
  };
}

/** Condition keys of KMS are named as its parameters. */
const kmsContext = (body: Body): Record<string, string> =>
  Object.fromEntries(
    (["MessageType", "SigningAlgorithm", "EncryptionAlgorithm"] as const).flatMap((name) =>
      body[name] === undefined ? [] : [[`kms:${name}`, body[name]]],
    ),
  );

const isWritten = (asked: object): asked is readonly Written[] => Array.isArray(asked);

function keysOf(body: Body): (string | undefined)[] {
  if (body.KeyConditionExpression !== undefined) {
    const [, name = ""] =
      /^pk = (:\w+)(?: AND sk (?:= :\w+|BETWEEN :\w+ AND :\w+))?$/.exec(body.KeyConditionExpression) ?? [];
    return [body.ExpressionAttributeValues?.[name]?.S];
  }
  const batch = Object.values(body.RequestItems ?? {}).flatMap((asked): readonly (Item | undefined)[] =>
    isWritten(asked)
      ? asked.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key)
      : (asked.Keys ?? []),
  );
  return [body.Key, body.Item, ...batch].flatMap((item) => (item === undefined ? [] : [item.pk?.S]));
}

/** Services that are called without credentials, or with the ones that were just issued. */
const UNSIGNED = ["AssumeRoleWithSAML", "getSigninToken", "?"];

/** Wires between each function and AWS that write down what is asked. */
export function openEars() {
  const wires: FaultyWire[] = [];
  const heard: Overheard[] = [];
  const deaf: string[] = [];
  const listen = async (functionName: string, target: string): Promise<string> => {
    const wire = await startFaultyWire(target);
    wires.push(wire);
    wire.schedule = ({ operation, body }) => {
      if (UNSIGNED.includes(operation)) return undefined;
      try {
        heard.push(understand(functionName, operation, JSON.parse(body) as Body));
      } catch (thrown) {
        deaf.push(String(thrown));
      }
      return undefined;
    };
    return wire.url;
  };
  const endpoints = new Map<string, Promise<Readonly<Record<string, string>>>>();
  return {
    heard: heard as readonly Overheard[],
    /** Requests that were not understood. */
    deaf: deaf as readonly string[],
    /** Endpoints of a function, by way of a wire of its own. */
    endpointsOf: (functionName: string, local: Readonly<Record<string, string>>) => {
      const open = async () => ({
        AWS_ENDPOINT_URL_DYNAMODB: await listen(functionName, local.AWS_ENDPOINT_URL_DYNAMODB ?? ""),
        AWS_ENDPOINT_URL_KMS: await listen(functionName, local.AWS_ENDPOINT_URL_KMS ?? ""),
        AWS_ENDPOINT_URL_SECRETS_MANAGER: await listen(
          functionName,
          local.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? "",
        ),
        AWS_ENDPOINT_URL_STS: await listen(functionName, local.AWS_ENDPOINT_URL_STS ?? ""),
      });
      const opened = endpoints.get(functionName) ?? open();
      endpoints.set(functionName, opened);
      return opened;
    },
    stop: async () => {
      await Promise.all(wires.map((wire) => wire.stop()));
    },
  };
}
