import type { Caller as AwsCaller } from "../aws/call.ts";
import { type Entry, isSendable, putEvents } from "../aws/eventbridge.ts";
import type { AuditBus } from "../core/audit-places.ts";
import { toOcsf } from "../core/ocsf.ts";
import type { StoredEvent } from "../core/seal.ts";
import { announcement } from "./seal-audit.ts";
import type { Parcel, Sink } from "./sink.ts";

/** By which rules of EventBridge know whose events these are. */
const SOURCE = "sekisho";

/** A bus: each event of a slice by itself, and what was announced of its digest. */
export const openBus = (caller: AwsCaller, bus: AuditBus): Sink => ({
  kind: "bus",
  id: `bus#${bus.arn}`,
  // Whoever listens to a bus is told of what happens, not of what happened last year.
  begins: "with the last slice",
  put: (parcel) => putEvents(caller, bus.region, entriesOf(bus, parcel)),
});

function entriesOf(bus: AuditBus, { signed, lines, isLast }: Parcel): readonly Entry[] {
  const entry = (DetailType: string, Time: number, detail: object): Entry => ({
    EventBusName: bus.arn,
    Source: SOURCE,
    DetailType,
    Detail: JSON.stringify(detail),
    Time: Math.floor(Time),
  });
  const events = lines.flatMap((line) => {
    if (line.type !== "event") return [];
    const { event } = line;
    const detail = bus.format === "ocsf" ? toOcsf(event) : event;
    if (detail === undefined) return [];
    const whole = entry(event.kind, event.at, detail);
    return [isSendable(whole) ? whole : entry(event.kind, event.at, shortened(event))];
  });
  const { digest } = signed;
  return isLast ? [...events, entry("audit.sealed", digest.sealedAt, announcement(digest))] : events;
}

/** An event that no call holds: it is told of, and stands in the trail. */
const shortened = ({ id, at, kind }: StoredEvent) => ({ id, at, kind, omitted: true });
