/** Bytes of heap that are still held, garbage gone. Needs `--expose-gc`. */
export function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error("the heap is measured under --expose-gc alone");
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** What one thing keeps once it was made. What is small is made so many times, or what else is about would hide it. */
export async function keptBy(make: () => unknown, times: number): Promise<number> {
  await warmUp(make);
  const before = heldBytes();
  const made: unknown[] = [];
  for (let time = 0; time < times; time++) made.push(await make());
  const kept = heldBytes() - before;
  return kept / made.length;
}

/** In a call of its own: what was awaited last is still held where it was. */
async function warmUp(make: () => unknown): Promise<void> {
  await make();
  await new Promise(setImmediate);
}
