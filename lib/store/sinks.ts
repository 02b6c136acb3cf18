import * as v from "valibot";
import { putIf, readItem, toItem } from "./item.ts";
import type { Table } from "./table.ts";

const PK = "SINK";

const StoredSink = v.object({
  schema: v.literal(1),
  /** The slice that goes next. */
  number: v.number(),
  /** Where in it, for one that goes in parts, and which part that is. */
  shard: v.number(),
  after: v.string(),
  part: v.number(),
  /** Counts every step: of two workers one alone takes it. */
  step: v.number(),
});

/** How far the trail has come to one place outside. */
export type SinkPosition = Omit<v.InferOutput<typeof StoredSink>, "schema">;

/** @returns undefined where nothing ever went there. */
export async function readSink(table: Table, id: string): Promise<SinkPosition | undefined> {
  const stored = await readItem(table, PK, id, StoredSink);
  if (stored === undefined) return undefined;
  const { schema: _, ...position } = stored;
  return position;
}

/** Moves on from one position to the next. @returns false where another worker has been here. */
export const moveSink = (table: Table, id: string, position: SinkPosition): Promise<boolean> =>
  position.step === 1
    ? putIf(table, toItem(PK, id, { schema: 1, ...position }))
    : putIf(table, toItem(PK, id, { schema: 1, ...position }), "step = :before", {
        ":before": position.step - 1,
      });
