import { gunzipSync } from "node:zlib";
import * as v from "valibot";
import { asRefusal, REFUSALS, Refusal } from "../../lib/core/errors.ts";
import { refreshNow } from "../../lib/flows/admin.ts";
import type { Plan } from "../../lib/flows/plan.ts";
import type { Outcome } from "../../lib/flows/publish-rules.ts";
import { log } from "../log.ts";
import { broker } from "./open.ts";

/** A large configuration comes compressed: base 64 of gzip of the JSON list. */
const LARGEST_CONFIGURATION = 64_000_000;
export const Objects = {
  objects: v.optional(v.array(v.unknown())),
  objectsGzip: v.optional(v.pipe(v.string(), v.base64())),
};

export function objectsOf(sent: {
  readonly objects?: unknown[] | undefined;
  readonly objectsGzip?: string | undefined;
}): readonly unknown[] {
  if (sent.objects !== undefined) return sent.objects;
  try {
    const packed = Buffer.from(sent.objectsGzip ?? "", "base64");
    return v.parse(
      v.array(v.unknown()),
      JSON.parse(gunzipSync(packed, { maxOutputLength: LARGEST_CONFIGURATION }).toString("utf8")),
    );
  } catch (cause) {
    const hint = "Send `objects`, a list, or `objectsGzip`, base 64 of its compressed JSON.";
    throw new Refusal("request_invalid", { objects: "unreadable" }, { cause, about: { hint } });
  }
}

/** On which version, and why. */
export const Wish = {
  ifVersion: v.optional(v.number()),
  message: v.optional(v.pipe(v.string(), v.maxLength(500))),
};

export const wishOf = ({
  ifVersion,
  message,
}: {
  readonly ifVersion?: number | undefined;
  readonly message?: string | undefined;
}) => ({
  ...(ifVersion === undefined ? {} : { ifVersion }),
  ...(message === undefined ? {} : { message }),
});

export const statusOf = (outcome: Outcome): number =>
  outcome.outcome === "refused" ? REFUSALS[outcome.code][0] : 200;

/** What the caller is told. New and changed connections are refreshed at once, so that people need not wait for the schedule. */
export async function finished(outcome: Outcome, reference: string): Promise<object> {
  if (outcome.outcome === "refused") return { ...outcome, message: REFUSALS[outcome.code][1], reference };
  if (outcome.outcome === "published") await refreshChanged(outcome, reference);
  return { ...outcome, reference };
}

async function refreshChanged({ changes }: Plan, reference: string): Promise<void> {
  const ids = changes
    .filter(({ kind, what }) => kind === "Connection" && what !== "removed")
    .map(({ id }) => id);
  const rounds = await Promise.allSettled(ids.map((id) => refreshNow(broker(), id, reference)));
  for (const round of rounds)
    if (round.status === "rejected")
      log.event("refresh failed", { code: asRefusal(round.reason).code }, "warn");
}
