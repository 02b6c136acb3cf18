/** What all looking for somebody may use up together: counted, so that it ends on every machine, and by the clock. */
export interface Effort {
  /** Looks that are left: at a literal, of a machine at one character, of a set at one text. */
  left: number;
  /** Whether the time is over. */
  readonly isLate: () => boolean;
}

/** Uses some of it up, before it is done. @returns false where there is no more: then it is not to be done. */
export function spend(effort: Effort, looks: number): boolean {
  effort.left -= looks;
  return effort.left >= 0 && !effort.isLate();
}
