import { NO_HASH, type SignedDigest } from "../../../lib/core/seal.ts";
import { record } from "../../../lib/store/audit.ts";
import { readIndex, writeIndex } from "../../../lib/store/audit-index.ts";
import { latestDigest, putDigest, readDigests, readLeaves, writeLeaves } from "../../../lib/store/seals.ts";
import { moveSink, readSink, type SinkPosition } from "../../../lib/store/sinks.ts";
import type { Table } from "../../../lib/store/table.ts";
import type { Met } from "./newer.ts";
import { event, LATER, NOW } from "./newer-items.ts";

const UPDATING = "broker_updating";

const signed: SignedDigest = {
  digest: {
    schema: 1,
    number: 1,
    from: NOW - 300,
    to: NOW,
    sealedAt: NOW,
    keptUntil: LATER,
    events: 1,
    shards: {},
    late: [],
    previous: NO_HASH,
    key: "",
  },
  signature: "",
};
const leaves = new Map([["0", [["id", NO_HASH] as const]]]);
const writeLeaf = (table: Table) => writeLeaves(table, signed, leaves, LATER);
const filed = { ...event, connection: "okta" };
const file = (table: Table) => writeIndex(table, [filed], LATER);

async function found(table: Table): Promise<void> {
  const range = { from: NOW - 86_400, to: LATER };
  for await (const _ of readIndex(table, ["connection", "okta"], range, () => {})) void _;
}

const position: SinkPosition = { number: 1, shard: 0, after: "", part: 0, step: 1 };

/** The audit trail's classes. */
export const AUDIT_CLASSES: Readonly<Record<string, Met>> = {
  AUDIT: {
    make: (table) => record(table, event, 30),
    verbs: [
      ["writing another of its name", (table) => record(table, event, 30), "ConditionalCheckFailedException"],
    ],
  },
  AUDITBY: {
    make: file,
    verbs: [
      ["finding by it", found, UPDATING],
      ["filing again", file, "held"],
    ],
  },
  SEAL: {
    make: async (table) => {
      await writeLeaf(table);
      await putDigest(table, signed);
    },
    verbs: [
      ["reading the last digest", latestDigest, UPDATING],
      ["reading digests", (table) => readDigests(table, 1, 5), UPDATING],
      ["reading leaves", (table) => readLeaves(table, signed), UPDATING],
      ["writing leaves again", writeLeaf, UPDATING],
      ["taking its number", (table) => putDigest(table, signed), "held"],
    ],
  },
  SINK: {
    make: async (table) => {
      await moveSink(table, "bus", position);
    },
    verbs: [
      ["reading how far it came", (table) => readSink(table, "bus"), UPDATING],
      ["moving on", (table) => moveSink(table, "bus", { ...position, step: 2 }), "held"],
    ],
  },
};
