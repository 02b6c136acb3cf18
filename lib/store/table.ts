import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { endWithRequest } from "../core/deadline.ts";
import { isRefusal, Refusal } from "../core/errors.ts";
import { ONE_TRY } from "../core/limits.ts";
import { isPassing, persistently } from "../core/persistence.ts";

/** The one table. Verbs on it live beside their items; nothing outside `lib/store` sees `client`. */
export interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
}

/** Opens the table of this deployment. Endpoint, region and credentials come from the standard AWS environment. */
export const openTable = (name: string): Table => ({ name, client: steadfast(new DynamoDBClient(ONE_TRY)) });

/**
 * Makes a client try again what passes, end with the request, and tell every failure that is not the verb's to judge as
 * `broker_unavailable`. The very same command is sent again, so a write must recognise what its lost first try did.
 */
function steadfast(client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.add(
    (next) => async (args) => {
      // DynamoDB says what an answer cost whenever it is asked: an empty one is none, not an item that is not there.
      const asking = { ...args, input: { ...args.input, ReturnConsumedCapacity: "TOTAL" as const } };
      try {
        return await persistently(async () => proper(await next(asking)), {
          passing: (thrown) => isRefusal(thrown) || isPassing(thrown),
        });
      } catch (thrown) {
        throw judged(thrown);
      }
    },
    { step: "initialize", name: "steadfast" },
  );
  return endWithRequest(client);
}

function proper<Result extends { readonly output: object }>(result: Result): Result {
  if ("ConsumedCapacity" in result.output && result.output.ConsumedCapacity !== undefined) return result;
  throw new Refusal("broker_unavailable", { store: "an answer that is none" });
}

/** What the verbs and our own mistakes are told by stays as it is. */
function judged(thrown: unknown): unknown {
  if (isRefusal(thrown) || isConditionFailure(thrown)) return thrown;
  const name = thrown instanceof Error ? thrown.name : "unknown";
  const { $metadata } = thrown as { readonly $metadata?: object };
  const ofOurs = name === "ValidationException" || ($metadata === undefined && name !== "AbortError");
  return ofOurs ? thrown : new Refusal("broker_unavailable", { store: name }, { cause: thrown });
}

/** Whether a conditional write was refused by its condition. */
export const isConditionFailure = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.name === "ConditionalCheckFailedException";
