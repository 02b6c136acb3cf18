/**
 * A clock for whoever imports this: that of the machine, later by as much as was said. It is imported by the process of
 * the broker and preloaded by the programs of the terminal, so that a minute passes for both.
 */
const Machine = Date;
let shiftMilliseconds = Number(process.env.CLOCK_SHIFT_MILLISECONDS ?? 0);

/** Lets time pass. @returns How far this process is ahead by now, in milliseconds. */
export function later(seconds: number): number {
  shiftMilliseconds += seconds * 1000;
  return shiftMilliseconds;
}

const now = (): number => Machine.now() + shiftMilliseconds;

globalThis.Date = new Proxy(Machine, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
  get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});
