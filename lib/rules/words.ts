/** Whether a value is an object with named fields. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The known word that was most likely meant, if any is near enough. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word === "" || word.length > 40) return undefined;
  const asked = word.toLowerCase();
  let best: string | undefined;
  let limit = Math.ceil(word.length / 3);
  for (const one of known) {
    if (Math.abs(one.length - word.length) > limit) continue;
    const distance = editDistance(asked, one.toLowerCase());
    if (distance > limit) continue;
    best = one;
    // Only what is nearer still can be better; the first of equals stays.
    limit = distance - 1;
  }
  return best;
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
