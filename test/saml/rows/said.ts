import type { RefusalCode } from "../../../lib/core/errors.ts";
import type { Expected } from "../../../lib/saml/response.ts";
import { SIGNED, signBoth, swap, UNSIGNED } from "../genuine.ts";
import { type Hostile, hostile } from "./row.ts";

export const unsolicited: Partial<Expected> = { solicited: { kind: "unsolicited" } };

/** Said so by the provider itself: changed, then signed on response and assertion. */
export const said = (
  what: string,
  from: string | RegExp,
  to: string,
  code: RefusalCode,
  expected: Partial<Expected> = {},
): Hostile => hostile(what, () => signBoth(swap(from, to)(UNSIGNED)), code, { expected });

/** Genuine, and not for this time or place. */
export const elsewhere = (what: string, expected: Partial<Expected>, code: RefusalCode): Hostile =>
  hostile(what, () => SIGNED.both, code, { expected });

/** One more condition, said by the provider itself. */
export const condition = (what: string, element: string, code: RefusalCode): Hostile =>
  said(what, "<saml:AudienceRestriction>", `${element}<saml:AudienceRestriction>`, code);
