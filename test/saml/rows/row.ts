import type { RefusalCode } from "../../../lib/core/errors.ts";
import type { Expected } from "../../../lib/saml/response.ts";

/** One hostile document: a genuine one with one change, and the code it is refused with. */
export interface Hostile {
  readonly what: string;
  /** XML, or for rows about the encoding the form field itself. */
  readonly make: () => string | { readonly field: string };
  readonly code: RefusalCode;
  /** What the verifier expects where that is the change. */
  readonly expected?: Partial<Expected>;
  /** Why another library judges its signature differently than we do. */
  readonly explained?: { readonly xmlsec1?: string; readonly samlify?: string };
}

/** One odd but legal document, which must be accepted with the genuine identity. */
export interface Legal {
  readonly what: string;
  readonly make: () => string | { readonly field: string };
  readonly expected?: Partial<Expected>;
  readonly explained?: { readonly xmlsec1?: string; readonly samlify?: string };
}

type More = Pick<Hostile, "expected" | "explained">;

export const hostile = (
  what: string,
  make: Hostile["make"],
  code: RefusalCode,
  more: More = {},
): Hostile => ({ what, make, code, ...more });

export const legal = (what: string, make: Legal["make"], more: More = {}): Legal => ({
  what,
  make,
  ...more,
});
