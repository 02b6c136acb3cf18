import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** The one table. Verbs on it live beside their items; nothing outside `lib/store` sees `client`. */
export interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
}

/** Opens the table of this deployment. Endpoint, region and credentials come from the standard AWS environment. */
export const openTable = (name: string): Table => ({
  name,
  client: new DynamoDBClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000 },
  }),
});

/** Whether a conditional write was refused by its condition. */
export const isConditionFailure = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.name === "ConditionalCheckFailedException";
