import type { Truth } from "../core/decision.ts";
import { type Address, covers, parseRange, type Range } from "./address.ts";
import type { View } from "./claims.ts";

type Judge = (view: View) => Truth;

/** Whether an address lies in one of these ranges. One that cannot be read makes the answer unknown unless another holds. */
export function addressWithin(texts: readonly string[]): Judge {
  const ranges = texts.map(parseRange);
  return ({ address }) => judgeRanges(ranges, address);
}

function judgeRanges(ranges: readonly (Range | undefined)[], address: Address | undefined): Truth {
  if (address === undefined) return "unknown";
  if (ranges.some((range) => range !== undefined && covers(range, address))) return "true";
  return ranges.includes(undefined) ? "unknown" : "false";
}

/** Ranges of the settings, read once: settings of a version never change. */
const read = new WeakMap<View["networks"], Map<string, readonly (Range | undefined)[]>>();

/** Whether an address lies in a network of the settings; unknown where they have none of that name. */
export const networkJudge =
  (name: string): Judge =>
  ({ address, networks }) => {
    const known = read.get(networks) ?? new Map<string, readonly (Range | undefined)[]>();
    read.set(networks, known);
    const ranges =
      known.get(name) ?? (Object.hasOwn(networks, name) ? networks[name] : undefined)?.map(parseRange);
    if (ranges === undefined) return "unknown";
    known.set(name, ranges);
    return judgeRanges(ranges, address);
  };

/** Whether somebody's authentication context stands at a place of the connection's `contexts` or after it. */
export const levelJudge =
  (wanted: string): Judge =>
  ({ identity: { acr, unknown }, connection: { contexts } }) => {
    if (acr === undefined || unknown.includes("acr")) return "unknown";
    const least = contexts.indexOf(wanted);
    const found = contexts.indexOf(acr);
    if (least < 0 || found < 0) return "unknown";
    return found >= least ? "true" : "false";
  };
