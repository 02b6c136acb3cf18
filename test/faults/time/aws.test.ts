import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import type { signDigest } from "../../../lib/aws/kms.ts";
import { administrator, BROKER, clients, handClock, openAws } from "../../infra/aws/world.ts";

for (const ahead of [-600, 600])
  test(`KMS that is ${ahead} s from the broker's clock signs all the same: the wire tells the time, and the next try is by it`, async (t) => {
    const clock = handClock();
    const aws = await openAws(t, clock);
    const { kms } = clients(aws.url, administrator(BROKER));
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }),
    );
    clock.at += ahead;
    const { accessKeyId, secretAccessKey } = administrator(BROKER);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_KMS: aws.url,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });
    // A container of its own: the client remembers the difference of clocks.
    const { signDigest: sign } = (await import(
      new URL(`../../../lib/aws/kms.ts?ahead=${ahead}`, import.meta.url).href
    )) as { signDigest: typeof signDigest };
    const keyId = KeyMetadata?.KeyId ?? "";
    for (let times = 0; times < 2; times++) assert.equal((await sign(keyId, randomBytes(32))).length, 256);
  });
