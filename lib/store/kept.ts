import * as v from "valibot";
import { Identity } from "../core/identity.ts";
import { By } from "./version-records.ts";

/** Somebody by whose right something is published later: what was proven of them, and from where they asked. */
export const Asker = v.object({
  actor: v.picklist(["person", "workload"]),
  name: v.string(),
  personId: v.string(),
  identity: Identity,
  sourceIp: v.exactOptional(v.string()),
});
export type Asker = v.InferOutput<typeof Asker>;

/** A configuration that is kept and not published yet, pinned to what it was compared with. Times are epoch seconds. */
export const Kept = v.object({
  schema: v.literal(1),
  id: v.string(),
  by: By,
  at: v.number(),
  /** The published version it was compared with, and the hash of what it would publish. */
  base: v.number(),
  hash: v.string(),
  /** Where it lies, as `writeSource` answered. */
  source: v.array(v.string()),
  changes: v.object({ added: v.number(), changed: v.number(), removed: v.number() }),
  message: v.exactOptional(v.string()),
  origin: v.exactOptional(v.string()),
  rollbackOf: v.exactOptional(v.number()),
});
