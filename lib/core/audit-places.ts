/** An EventBridge bus that whole events go to. */
export interface AuditBus {
  readonly arn: string;
  readonly region: string;
  readonly format: "event" | "ocsf";
}

/** A bucket that whole slices go to. */
export interface AuditBucket {
  readonly name: string;
  /** What every key begins with; it ends in no slash. */
  readonly prefix: string;
  /** The account it must belong to: a name that was given up may be somebody else's by now. */
  readonly owner: string;
  readonly region: string;
  /** ARN of the KMS key that objects are encrypted with; where absent, the bucket says how they are. */
  readonly key?: string;
}

const BUS = /^arn:aws[a-z-]*:events:([a-z0-9-]+):\d{12}:event-bus\/[\w./-]+$/;
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;
const KEY = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key\/[\w-]+$/;
const PLACE = /^arn:aws[a-z-]*:s3:::([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/([A-Za-z0-9/-]*[A-Za-z0-9])$/;

interface Written {
  readonly bus: string | undefined;
  readonly format: AuditBus["format"];
  readonly bucket: string | undefined;
  readonly owner: string | undefined;
  readonly region: string;
  readonly key: string | undefined;
}

/** The places that whole events leave for. @throws {Error} naming the variable that holds something else. */
export function readSinks({ bus, format, bucket, ...more }: Written): {
  readonly auditBus?: AuditBus;
  readonly auditBucket?: AuditBucket;
} {
  return {
    ...(bus ? { auditBus: readBus(bus, format) } : {}),
    ...(bucket ? { auditBucket: readBucket(bucket, more) } : {}),
  };
}

function readBus(arn: string, format: AuditBus["format"]): AuditBus {
  const region = BUS.exec(arn)?.[1];
  if (region === undefined) throw new Error("SEKISHO_AUDIT_BUS: the ARN of an EventBridge bus");
  return { arn, region, format };
}

function readBucket(
  place: string,
  { owner = "", region, key }: Pick<Written, "owner" | "region" | "key">,
): AuditBucket {
  const [, name, prefix] = PLACE.exec(place) ?? [];
  if (name === undefined || prefix === undefined)
    throw new Error("SEKISHO_AUDIT_BUCKET: the ARN of a bucket, a slash and a prefix");
  if (!/^\d{12}$/.test(owner)) throw new Error("SEKISHO_AUDIT_BUCKET_OWNER: an account, twelve digits");
  if (!REGION.test(region)) throw new Error("SEKISHO_AUDIT_BUCKET_REGION: a region, as eu-west-1");
  // S3 takes no key of another region.
  if (key && KEY.exec(key)?.[1] !== region)
    throw new Error("SEKISHO_AUDIT_BUCKET_KEY: the ARN of a KMS key in the bucket's region");
  return { name, prefix, owner, region, ...(key ? { key } : {}) };
}
