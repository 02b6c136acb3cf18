const LONGEST_HINT = 254;

/** A hint a stranger may have sent: short and printable, or none. */
export const boundedHint = (hint: string | undefined): string | undefined =>
  hint !== undefined && hint.length <= LONGEST_HINT && /^[\p{L}\p{N}\p{P}\p{S}]+$/u.test(hint)
    ? hint
    : undefined;
