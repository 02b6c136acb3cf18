import { createHash } from "node:crypto";
import { AwsFault, type Caller, callOnce, endpointOf, trying } from "./call.ts";

/** One object to be. */
export interface NewObject {
  readonly bucket: string;
  /** The account that the bucket must belong to. */
  readonly owner: string;
  /** The bucket's, whatever the caller's is. */
  readonly region: string;
  /** Its key below the bucket: letters, digits, `-`, `.` and `/`. */
  readonly name: string;
  /** ARN of the KMS key that encrypts it; where absent, the bucket says what does. */
  readonly key?: string;
  readonly body: Uint8Array;
  readonly type: string;
}

/**
 * Writes an object unless there is one of that key. The checksum is what a bucket with Object Lock asks for.
 *
 * @returns "there already" where one is: it is left as it is.
 * @throws {Refusal} `broker_unavailable`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export const putOnce = (caller: Caller, object: NewObject): Promise<"written" | "there already"> =>
  trying("s3", async () => {
    const digest = createHash("sha256").update(object.body).digest();
    const answer = await callOnce(caller, {
      method: "PUT",
      url: addressOf(caller, object),
      headers: {
        "content-length": String(object.body.length),
        "content-type": object.type,
        "if-none-match": "*",
        "x-amz-checksum-sha256": digest.toString("base64"),
        "x-amz-content-sha256": digest.toString("hex"),
        "x-amz-expected-bucket-owner": object.owner,
        ...(object.key === undefined
          ? {}
          : {
              "x-amz-server-side-encryption": "aws:kms",
              "x-amz-server-side-encryption-aws-kms-key-id": object.key,
            }),
      },
      body: object.body,
      service: "s3",
      region: object.region,
    });
    if (answer.status === 200) return "written";
    if (answer.status === 412) return "there already";
    const [, code = "unknown"] = /<Code>(\w+)<\/Code>/.exec(answer.body) ?? [];
    // Two workers at once: whoever was first is asked for again, and is there.
    throw new AwsFault(code === "ConditionalRequestConflict" ? 503 : answer.status, code);
  });

/** A bucket is part of the host where that can be: a dot in its name is in no certificate. */
function addressOf(caller: Caller, { bucket, region, name }: NewObject): URL {
  const { isConfigured, url } = endpointOf(caller, "S3", "s3", region);
  if (isConfigured || bucket.includes(".")) return new URL(`/${bucket}/${name}`, url);
  return new URL(`/${name}`, url.replace("https://", `https://${bucket}.`));
}
