import { deadline } from "../core/deadline.ts";
import { asRefusal } from "../core/errors.ts";
import type { SignedDigest } from "../core/seal.ts";
import { latestDigest, readDigests } from "../store/seals.ts";
import { moveSink, readSink, type SinkPosition } from "../store/sinks.ts";
import type { Table } from "../store/table.ts";
import type { Broker } from "./broker.ts";
import type { Sink } from "./sink.ts";
import { BEGINNING, type Bounds, PAGE, pageOfSlice } from "./told-slice.ts";

/** What one round came to for one sink. */
export interface Shipped {
  readonly sink: Sink["kind"];
  readonly slices: number;
  readonly events: number;
  /** How long the oldest slice has been over that is not there yet; 0 where all are. */
  readonly behindSeconds: number;
  /** Why it ended early, where it did. */
  readonly failed?: string;
}

export type Shipping = Pick<Broker, "clock" | "table" | "sinks">;

/** Most parcels of one round, and what time must be left for another: what remains is the next round's. */
const MOST_PARCELS = 2000;
const LEFT_MILLISECONDS = 20_000;
const AHEAD = 100;

/**
 * Takes what is sealed to every place outside, from where it had come the last time. One that is down stops nobody else,
 * and is made up to in later rounds: nothing is skipped. A worker that ends between a parcel and its mark sends the parcel
 * again.
 */
export async function shipAudit(broker: Shipping, bounds: Bounds = PAGE): Promise<readonly Shipped[]> {
  const sinks = await broker.sinks();
  return Promise.all(sinks.map((sink) => shipTo(broker, sink, bounds)));
}

async function shipTo({ clock, table }: Shipping, sink: Sink, bounds: Bounds): Promise<Shipped> {
  const journey = newJourney();
  try {
    await travel(table, sink, bounds, journey);
  } catch (thrown) {
    const { code, detail } = asRefusal(thrown);
    journey.failed = [code, detail.error].filter((one) => typeof one === "string").join(" ");
  }
  const { slices, events, failed } = journey;
  const behindSeconds = await lagOf(table, sink, clock.now()).catch(() => undefined);
  return {
    sink: sink.kind,
    slices,
    events,
    behindSeconds: behindSeconds ?? 0,
    ...(failed === undefined ? {} : { failed }),
  };
}

const newJourney = () => ({ slices: 0, events: 0, parcels: 0, failed: undefined as string | undefined });
type Journey = ReturnType<typeof newJourney>;

const hasTime = ({ parcels }: Journey): boolean =>
  parcels < MOST_PARCELS && (deadline()?.left() ?? Number.POSITIVE_INFINITY) > LEFT_MILLISECONDS;

async function travel(table: Table, sink: Sink, bounds: Bounds, journey: Journey): Promise<void> {
  let position = (await readSink(table, sink.id)) ?? (await beginningOf(table, sink));
  let [before] = position.number > 1 ? await readDigests(table, position.number - 1, 1) : [];
  for (;;) {
    const ahead = await readDigests(table, position.number, AHEAD);
    if (ahead.length === 0) return;
    for (const signed of ahead) {
      const next = await shipSlice(table, sink, { signed, before, position, bounds }, journey);
      if (next === undefined) return;
      position = next;
      before = signed;
    }
  }
}

async function beginningOf(table: Table, { begins }: Sink): Promise<SinkPosition> {
  const last = (await latestDigest(table))?.digest.number ?? 1;
  return { number: begins === "with the first slice" ? 1 : last, ...BEGINNING, part: 0, step: 0 };
}

interface Leg {
  readonly signed: SignedDigest;
  readonly before: SignedDigest | undefined;
  readonly position: SinkPosition;
  readonly bounds: Bounds;
}

/** Takes one slice there, from where in it the last round ended. @returns undefined where this round ends. */
async function shipSlice(
  table: Table,
  sink: Sink,
  { signed, before, position, bounds }: Leg,
  journey: Journey,
): Promise<SinkPosition | undefined> {
  const { number } = signed.digest;
  // A digest that is gone cannot be taken anywhere: `verify` tells of it.
  let at: SinkPosition =
    position.number === number ? position : { ...position, number, ...BEGINNING, part: 0 };
  for (;;) {
    if (!hasTime(journey)) return undefined;
    const { lines, next } = await pageOfSlice(table, signed, at, bounds, "what was sealed");
    await sink.put({ signed, before, part: at.part, lines, isLast: next === undefined });
    const step = at.step + 1;
    at =
      next === undefined
        ? { number: number + 1, ...BEGINNING, part: 0, step }
        : { number, ...next, part: at.part + 1, step };
    if (!(await moveSink(table, sink.id, at))) return undefined; // another worker is at it, and goes on
    journey.parcels++;
    journey.events += lines.filter(({ type }) => type === "event").length;
    if (next === undefined) {
      journey.slices++;
      return at;
    }
  }
}

async function lagOf(table: Table, sink: Sink, now: number): Promise<number> {
  const { number } = (await readSink(table, sink.id)) ?? (await beginningOf(table, sink));
  const [waiting] = await readDigests(table, number, 1);
  return waiting === undefined ? 0 : Math.max(0, Math.round(now - waiting.digest.to));
}
