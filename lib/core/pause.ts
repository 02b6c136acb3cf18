/** Waits. No import of `node:timers/promises`, which every function would load at its start. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resume) => {
    setTimeout(resume, milliseconds);
  });
