/** Largest graph each function loads at a cold start, in bytes after minifying. @see docs/performance.md */
export const BUDGETS: Readonly<Record<string, number>> = {
  metadata: 350_000,
  signin: 600_000,
  credentials: 600_000,
  tokens: 450_000,
  admin: 600_000,
  worker: 600_000,
};
