import type { Refusal } from "../lib/core/errors.ts";
import type { At, Event } from "./middleware.ts";
import { json, type Reply } from "./respond.ts";

/** A refusal on our own JSON API. */
export const jsonFault = (refusal: Refusal, _event: Event, at: At): Reply =>
  json(
    { code: refusal.code, message: refusal.message, about: refusal.about, reference: at.reference },
    refusal.status,
    refusal.status === 401 ? { "www-authenticate": "Bearer" } : {},
  );

/**
 * A refusal on the container-credentials wire: SDKs show `code` and `message`.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export const containerFault = (refusal: Refusal, _event: Event, at: At): Reply => {
  const hint = refusal.about.hint === undefined ? "" : ` ${refusal.about.hint}`;
  return json(
    { code: refusal.code, message: `${refusal.message}${hint} (${refusal.code}, ${at.reference})` },
    refusal.status,
  );
};
