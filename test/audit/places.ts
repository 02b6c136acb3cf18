import { accountCredentials } from "../../infra/local/environment.ts";
import type { Caller } from "../../lib/aws/call.ts";
import type { AuditBus } from "../../lib/core/audit-places.ts";
import { openBucket } from "../../lib/flows/audit-bucket.ts";
import { openBus } from "../../lib/flows/audit-bus.ts";
import { type Shipping, shipAudit } from "../../lib/flows/ship-audit.ts";
import { type Bounds, PAGE } from "../../lib/flows/told-slice.ts";
import { type AuditPlaces, startAuditPlaces } from "../support/audit-places.ts";
import type { Surroundings } from "./surroundings.ts";

export const BUS = "arn:aws:events:eu-west-1:222222222222:event-bus/audit";
export const BUCKET = {
  name: "acme-archive",
  prefix: "sekisho-trail/999999999999/prod",
  owner: "222222222222",
  // Not the broker's own region.
  region: "eu-central-1",
};
/** The same one, where a key of its account encrypts what is in it. */
export const BUCKET_KEY = "arn:aws:kms:eu-central-1:222222222222:key/archive";

/** A trail, and places outside that take it. */
export interface Outside {
  readonly places: AuditPlaces;
  /** Takes everything to the bucket under another prefix: that is another sink, and begins anew. */
  again(bounds: Bounds): Promise<void>;
  /** One round for these sinks. */
  ship(
    kinds: readonly ("bus" | "bucket")[],
    options?: { readonly bounds?: Bounds } & Partial<Shipping>,
  ): ReturnType<typeof shipAudit>;
}

export async function openOutside(
  audit: Surroundings,
  format: AuditBus["format"] = "event",
  key: { readonly needed?: string; readonly used?: string; readonly owner?: string } = {},
): Promise<Outside> {
  const { clock } = audit.broker;
  const places = await startAuditPlaces({
    bus: BUS,
    bucket: BUCKET.name,
    bucketOwner: key.owner ?? BUCKET.owner,
    bucketRegion: BUCKET.region,
    ...(key.needed === undefined ? {} : { bucketKey: key.needed }),
    clock,
  });
  const caller: Caller = {
    environment: { AWS_ENDPOINT_URL_EVENTBRIDGE: places.url, AWS_ENDPOINT_URL_S3: places.url },
    clock,
    identity: async () => ({ region: "eu-west-1", credentials: accountCredentials("999999999999") }),
  };
  const sinks = {
    bus: openBus(caller, { arn: BUS, region: "eu-west-1", format }),
    bucket: openBucket(caller, { ...BUCKET, ...(key.used === undefined ? {} : { key: key.used }) }),
  };
  return {
    places,
    again: async (bounds) => {
      const elsewhere = openBucket(caller, { ...BUCKET, prefix: "again" });
      await shipAudit({ ...audit.broker, sinks: async () => [elsewhere] }, bounds);
    },
    ship: (kinds, { bounds = PAGE, ...more } = {}) =>
      shipAudit({ ...audit.broker, sinks: async () => kinds.map((kind) => sinks[kind]), ...more }, bounds),
  };
}
