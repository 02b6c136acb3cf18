import * as v from "valibot";
import { asRefusal, REFUSALS, Refusal } from "../../lib/core/errors.ts";
import { type Epoch, parseDue } from "../../lib/core/time.ts";
import { refreshNow } from "../../lib/flows/admin.ts";
import type { Outcome } from "../../lib/flows/publishing.ts";
import { log } from "../log.ts";
import { json, type Reply } from "../respond.ts";
import { broker } from "./open.ts";

/** Name of a place that files lie in, such as `github.com/acme/access`. */
const Origin = v.pipe(
  v.string(),
  v.regex(/^[\w][\w.:/@-]{0,99}$/, "use up to 100 letters, digits and `_.:/@-`"),
);

/** Where a configuration comes from. */
export const From = { origin: v.optional(Origin) };

/**
 * Whether a plan shall say who gains and who loses; `cursor` goes on where the answer before ended. From which change on
 * it tells them: `rest.next` of the answer before.
 */
export const Previewing = {
  changesFrom: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  preview: v.optional(v.object({ cursor: v.optional(v.pipe(v.string(), v.maxLength(64))) })),
};

/** Why what was sent is no configuration. */
export const UNSENT = ["draft_incomplete", "draft_invalid"] as const;

/** Why a configuration may not be published. */
export const NOT_PUBLISHED = [
  "right_exceeded",
  "configuration_invalid",
  "tests_failed",
  "would_lock_out",
  "changed_by_hand",
  "configuration_moved",
  "publish_in_progress",
  "configuration_too_large",
] as const;

/** On which version, why, and which changes of others it may take back. */
export const Wish = {
  ifVersion: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  message: v.optional(v.pipe(v.string(), v.maxLength(500))),
};
/** When it shall take effect. */
export const Later = { at: v.optional(v.pipe(v.string(), v.maxLength(40))) };

/** @throws {Refusal} `request_invalid` of a time that names no zone, or is none. */
export function dueOf(at: string | undefined): { readonly dueAt?: Epoch } {
  if (at === undefined) return {};
  const dueAt = parseDue(at);
  if (dueAt !== undefined) return { dueAt };
  const hint = "at: write a time with its zone, such as 2026-12-01T06:00+09:00.";
  throw new Refusal("request_invalid", { field: "at" }, { about: { hint } });
}

export const Overwriting = {
  overwrite: v.optional(
    v.union([v.boolean(), v.pipe(v.array(v.pipe(v.string(), v.maxLength(400))), v.maxLength(1000))]),
  ),
};

interface Sent {
  readonly ifVersion?: number | undefined;
  readonly message?: string | undefined;
  readonly origin?: string | undefined;
  readonly overwrite?: boolean | readonly string[] | undefined;
  readonly changesFrom?: number | undefined;
}

/**
 * What was wished for besides the objects.
 *
 * @param ifMatch The header: the version in quotes, as `ETag` said it.
 * @throws {Refusal} `request_invalid` where it is none of ours, or says another version than the body.
 */
export function wishOf({ ifVersion, message, origin, overwrite, changesFrom }: Sent, ifMatch?: string) {
  const version = ifVersion ?? versionIn(ifMatch);
  if (ifMatch !== undefined && version !== versionIn(ifMatch)) throw badMatch();
  return {
    ...(version === undefined ? {} : { ifVersion: version }),
    ...(message === undefined ? {} : { message }),
    ...(origin === undefined ? {} : { origin }),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(changesFrom === undefined ? {} : { changesFrom }),
  };
}

function versionIn(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined) return undefined;
  const digits = /^"(\d{1,15})"$/.exec(ifMatch.trim())?.[1];
  if (digits === undefined) throw badMatch();
  return Number(digits);
}

const badMatch = () =>
  new Refusal(
    "request_invalid",
    { field: "if-match" },
    {
      about: {
        hint: 'If-Match: send the ETag of what you looked at, such as "7", and the same `ifVersion` or none.',
      },
    },
  );

/** The tag of a version. */
export const tagOf = (version: number): Record<string, string> => ({ etag: `"${version}"` });

/** An answer to whoever published: its status, and the tag of what is published now. */
export async function publishedReply(outcome: Outcome, reference: string): Promise<Reply> {
  const version = outcome.outcome === "published" ? outcome.published : outcome.version;
  return json(await finished(outcome, reference), statusOf(outcome), tagOf(version));
}

const statusOf = (outcome: Outcome): number =>
  outcome.outcome === "refused" ? REFUSALS[outcome.code][0] : 200;

/** What the caller is told. New and changed connections are refreshed at once, so that people need not wait for the schedule. */
export async function finished(outcome: Outcome, reference: string): Promise<object> {
  if (outcome.outcome === "refused") return { ...outcome, message: REFUSALS[outcome.code][1], reference };
  if (outcome.outcome !== "published") return { ...outcome, reference };
  const { connections, ...told } = outcome;
  await refreshChanged(connections, reference);
  return { ...told, reference };
}

async function refreshChanged(ids: readonly string[], reference: string): Promise<void> {
  const rounds = await Promise.allSettled(ids.map((id) => refreshNow(broker(), id, reference)));
  for (const round of rounds)
    if (round.status === "rejected")
      log.event("refresh failed", { code: asRefusal(round.reason).code }, "warn");
}
