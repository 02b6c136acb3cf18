import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mock } from "node:test";
import { DeleteItemCommand, DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { handler as worker } from "../../../functions/worker.ts";
import { newSealer } from "../../audit/surroundings.ts";

/** As much of KMS as seals a trail, and may be away. */
export interface Seals {
  isAway: boolean;
  stop(): Promise<void>;
}

/** Makes this process's worker one that seals, and whose places outside answer nothing. */
export async function openSeals(): Promise<Seals> {
  const { publicKey, sign } = newSealer();
  const seals: Seals = {
    isAway: false,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
  const server = createServer(async (asking, answering) => {
    if (seals.isAway) return void asking.destroy();
    const chunks: Buffer[] = [];
    for await (const chunk of asking) chunks.push(chunk as Buffer);
    const { Message } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { Message?: string };
    const told =
      Message === undefined
        ? { PublicKey: publicKey }
        : { Signature: Buffer.from(await sign(Buffer.from(Message, "base64"))).toString("base64") };
    answering.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(told));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const nobody = "http://127.0.0.1:9";
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_KMS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ENDPOINT_URL_EVENTBRIDGE: nobody,
    AWS_ENDPOINT_URL_S3: nobody,
    SEKISHO_AUDIT_KEY: "audit",
    SEKISHO_AUDIT_BUS: "arn:aws:events:us-east-1:222222222222:event-bus/audit",
    SEKISHO_AUDIT_BUCKET: "arn:aws:s3:::acme-archive/sekisho-trail/999999999999/prod",
    SEKISHO_AUDIT_BUCKET_OWNER: "222222222222",
  });
  return seals;
}

/** One round of the seal. */
export const seal = (): Promise<object> => worker({ sekisho: "seal" });

/** Two rounds, ten minutes from now and from then, between which somebody deletes what the first one wrote of its slice. */
export async function sealDamaged(): Promise<void> {
  const now = Date.now();
  mock.timers.enable({ apis: ["Date"], now: now + 600_000 });
  try {
    await seal();
    await deleteLeaves(1);
    mock.timers.setTime(now + 1_200_000);
    await seal();
  } finally {
    mock.timers.reset();
  }
}

async function deleteLeaves(number: number): Promise<void> {
  const client = new DynamoDBClient({});
  const TableName = process.env.SEKISHO_TABLE ?? "";
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: `SEAL#${number}` } },
    }),
  );
  for (const { pk, sk } of Items)
    if (pk !== undefined && sk !== undefined)
      await client.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
  client.destroy();
}
