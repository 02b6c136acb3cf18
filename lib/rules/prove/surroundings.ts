import type { Truth } from "../../core/decision.ts";
import type { Identity } from "../../core/identity.ts";
import type { Epoch } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { type Address, parseAddress, parseRange, type Range } from "../address.ts";
import { viewOf } from "../claims.ts";
import { prepare } from "../match.ts";
import { wallClock } from "../time-window.ts";
import type { Literal } from "./formula.ts";

type Circumstance = Extract<Literal, { circumstance: unknown }>["circumstance"];
type OfAddress = Exclude<Circumstance, { timeWindow: unknown }>;
type OfTime = Extract<Circumstance, { timeWindow: unknown }>;

const NOBODY: Identity = {
  connection: "",
  kind: "person",
  subject: "",
  name: "",
  claims: {},
  unknown: [],
  amr: [],
  mfa: "unknown",
  notes: [],
};

/** Judges what looks at nobody, but at an address or a moment. */
export function judgeAt(
  circumstance: Circumstance,
  world: World,
  at: { readonly now: Epoch; readonly sourceIp?: string },
): Truth {
  const [connection] = world.connections.values();
  if (connection === undefined) return "unknown";
  return prepare(circumstance).judge(viewOf(NOBODY, connection, at, world.settings.networks));
}

/** An address on every side of every border of these ranges, and none: what they say changes nowhere else. */
export function addressesFor(conditions: readonly OfAddress[], world: World): (string | undefined)[] {
  const texts = conditions.flatMap((one) =>
    "cidr" in one ? one.cidr : (world.settings.networks[one.network] ?? []),
  );
  const ranges = texts.flatMap((text) => parseRange(text) ?? []);
  const borders = ranges.flatMap((range) => [range.address, lastOf(range)]);
  const beside = borders.flatMap((one) =>
    [one, next(one, 1), next(one, -1)].filter((each) => each !== undefined),
  );
  return [...new Set([...beside.map(toText), "192.0.2.1", "2001:db8::1", undefined])];
}

const lastOf = ({ address, bits }: Range): Address =>
  address.map((byte, index) => byte | (0xff >> Math.min(8, Math.max(0, bits - index * 8))));

/** The next address, or the one before; undefined beyond the ends. */
function next(address: Address, by: 1 | -1): Address | undefined {
  const bytes = [...address];
  for (let at = 15; at >= 0; at--) {
    const sum = (bytes[at] ?? 0) + by;
    bytes[at] = (sum + 256) % 256;
    if (sum >= 0 && sum < 256) return bytes;
  }
  return undefined;
}

function toText(address: Address): string {
  const four = address.slice(12).join(".");
  const isFour = parseAddress(four)?.every((byte, index) => byte === address[index]);
  if (isFour) return four;
  const words = Array.from(
    { length: 8 },
    (_, at) => (address[at * 2] ?? 0) * 256 + (address[at * 2 + 1] ?? 0),
  );
  return words.map((word) => word.toString(16)).join(":");
}

const WEEK_DAYS = 8;
const YEAR_WEEKS = 53;

/**
 * Moments from now on at which something could begin or end: what begins and ends once, and for windows their edges
 * in the week after each. Zones that change their clocks apart are looked at for a year.
 */
export function momentsFor(windows: readonly OfTime[], edges: readonly Epoch[], now: Epoch): Epoch[] {
  const bases = [now, ...edges.filter((edge) => edge > now)];
  const zones = new Set(windows.map(({ timeWindow }) => timeWindow.zone));
  const weeks = zones.size > 1 ? YEAR_WEEKS : 1;
  const found = new Set<Epoch>(bases);
  for (const base of bases)
    for (let week = 0; windows.length > 0 && week < weeks; week++)
      for (const moment of edgesAfter(windows, base + week * 7 * 86_400))
        if (moment >= now) found.add(moment);
  return [...found];
}

function edgesAfter(windows: readonly OfTime[], base: Epoch): Epoch[] {
  return windows.flatMap(({ timeWindow: { zone, from, until } }) => {
    const wall = wallClock(zone, base);
    if (wall === undefined) return [];
    return [from, until].flatMap((edge) =>
      Array.from({ length: WEEK_DAYS }, (_, day) => {
        const minutes = minutesOf(edge) - wall.minutes + day * 1440;
        return base - (base % 60) + minutes * 60;
      }),
    );
  });
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
