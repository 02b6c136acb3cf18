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
}

const BUS = /^arn:aws[a-z-]*:events:([a-z0-9-]+):\d{12}:event-bus\/[\w./-]+$/;
const PLACE = /^arn:aws[a-z-]*:s3:::([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/([A-Za-z0-9/-]*[A-Za-z0-9])$/;

interface Written {
  readonly bus: string | undefined;
  readonly format: AuditBus["format"];
  readonly bucket: string | undefined;
  readonly owner: string | undefined;
}

/** The places that whole events leave for. @throws {Error} naming the variable that holds something else. */
export function readSinks({ bus, format, bucket, owner }: Written): {
  readonly auditBus?: AuditBus;
  readonly auditBucket?: AuditBucket;
} {
  return {
    ...(bus ? { auditBus: readBus(bus, format) } : {}),
    ...(bucket ? { auditBucket: readBucket(bucket, owner ?? "") } : {}),
  };
}

function readBus(arn: string, format: AuditBus["format"]): AuditBus {
  const region = BUS.exec(arn)?.[1];
  if (region === undefined) throw new Error("SEKISHO_AUDIT_BUS: the ARN of an EventBridge bus");
  return { arn, region, format };
}

function readBucket(place: string, owner: string): AuditBucket {
  const [, name, prefix] = PLACE.exec(place) ?? [];
  if (name === undefined || prefix === undefined)
    throw new Error("SEKISHO_AUDIT_BUCKET: the ARN of a bucket, a slash and a prefix");
  if (!/^\d{12}$/.test(owner)) throw new Error("SEKISHO_AUDIT_BUCKET_OWNER: an account, twelve digits");
  return { name, prefix, owner };
}
