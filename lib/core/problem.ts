import type { Kind } from "./objects.ts";

/** Something in a configuration that is refused (`error`) or deserves a second look (`warning`). */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly kind: Kind | "Configuration";
  /** Id of the object, or its name where it has no id; empty for the configuration as a whole. */
  readonly id: string;
  /** Where in the object: keys and positions. */
  readonly path: readonly (string | number)[];
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** What to do about it, in one sentence. */
  readonly fix: string;
  /** Position of the object among those that were sent; tells two objects of one id apart. */
  readonly index?: number;
  /** Where in the author's files; filled in by the CLI, which alone knows them. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}
