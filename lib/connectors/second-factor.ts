/** Values that say by themselves that there was more than one factor. */
const SEVERAL = [
  "mfa",
  "urn:okta:loa:2fa:any",
  "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
  "https://refeds.org/profile/mfa",
];

/**
 * Methods by the kind of factor they are: what one knows, has, and is. Questions about a person's life, networks, places
 * and risk scores are no factor.
 */
const KINDS: readonly (readonly string[])[] = [
  ["pwd", "pin"],
  ["otp", "hwk", "swk", "pop", "sc", "sms", "tel", "fido"],
  ["face", "fpt", "iris", "retina", "vbm"],
];

/**
 * Whether methods and contexts prove a second factor where the connection does not say which do: one that says so, or
 * methods of two kinds. A one-time password or a key may be all there was.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8176#section-2
 */
export const isSecondFactor = (values: readonly string[]): boolean =>
  values.some((value) => SEVERAL.includes(value)) ||
  KINDS.filter((kind) => values.some((value) => kind.includes(value))).length > 1;

/**
 * Whether a value names one factor, which may have been the only one, or nothing. `phr` and `phrh` ask for a key and
 * nothing else.
 */
export const isOneFactor = (value: string): boolean =>
  KINDS.some((kind) => kind.includes(value)) || ONE.test(value);

const ONE =
  /(?:^|[:/])(?:phrh?|password|passwordprotectedtransport|unspecified|1fa:any|1fa:pwd|2fa:any:ifpossible)$/i;
