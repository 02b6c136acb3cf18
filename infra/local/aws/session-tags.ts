const MOST_TAGS = 50;
const KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu;
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;

/**
 * Checks session tags as STS does: at most 50, keys of 1 to 128 characters unique ignoring case, values up to
 * 256, no `aws:` prefix, and every transitive key among them. An empty value is refused: whether an assertion
 * may carry one is not documented.
 */
export function checkTags(
  tags: readonly (readonly [key: string, value: string])[],
  transitiveTagKeys: readonly string[],
  refuse: (message: string) => Error,
): void {
  if (tags.length > MOST_TAGS) throw refuse(`A session has at most ${MOST_TAGS} tags`);
  const keys = tags.map(([key]) => key.toLowerCase());
  if (new Set(keys).size !== keys.length)
    throw refuse("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  for (const [key, value] of tags) {
    if (!KEY.test(key)) throw refuse("A tag key is not 1 to 128 allowed characters, or begins with aws:");
    if (!VALUE.test(value)) throw refuse("A tag value is not 1 to 256 allowed characters");
  }
  if (new Set(transitiveTagKeys).size !== transitiveTagKeys.length)
    throw refuse("Transitive tag keys must be unique");
  const names = new Set(tags.map(([key]) => key));
  if (!transitiveTagKeys.every((key) => names.has(key)))
    throw refuse("The specified transitive tag key must be included in the requested tags.");
}
