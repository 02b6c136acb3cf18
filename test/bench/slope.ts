/** Slope of time over a number on logarithmic scales, by least squares: 1 is a loop, 0 does not care. */
export function slope(measured: readonly (readonly [number: number, microseconds: number])[]): number {
  const points = measured.map(([size, time]) => [Math.log(size), Math.log(time)] as const);
  const middle = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const [x, y] = [middle(points.map(([at]) => at)), middle(points.map(([, time]) => time))];
  const rise = points.reduce((sum, [at, time]) => sum + (at - x) * (time - y), 0);
  return rise / points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
}
