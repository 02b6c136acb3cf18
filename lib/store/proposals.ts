import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import type { Epoch } from "../core/time.ts";
import { parseItem, putIf, putUnder, readItem, toItem } from "./item.ts";
import { Asker, Kept } from "./kept.ts";
import type { Table } from "./table.ts";

const KEY = "PROPOSAL";
/** How long a proposal can be looked up after its time is over. */
const KEPT_SECONDS = 30 * 86_400;

/** A configuration that one person wishes for and another must agree to. */
const Proposal = v.object({
  ...Kept.entries,
  verdict: v.picklist(["open", "published", "scheduled", "rejected"]),
  /** Opaque marks of whoever proposed: who has one of them is the same person, whatever they signed in by. */
  marks: v.array(v.string()),
  expiresAt: v.number(),
  /** Under what these files are remembered. */
  mark: v.exactOptional(v.string()),
  /** When it shall take effect, and who wished for it, to decide them anew then; forgotten once this is decided. */
  dueAt: v.exactOptional(v.number()),
  asker: v.exactOptional(Asker),
});
export type Proposal = v.InferOutput<typeof Proposal>;

const itemOf = (proposal: Proposal) => toItem(KEY, proposal.id, proposal, proposal.expiresAt + KEPT_SECONDS);

export const putProposal = (table: Table, proposal: Proposal): Promise<void> =>
  putUnder(table, itemOf(proposal));

export const readProposal = (table: Table, id: string): Promise<Proposal | undefined> =>
  readItem(table, KEY, id, Proposal);

/** The latest proposals, newest first. */
export async function listProposals(table: Table, most: number): Promise<readonly Proposal[]> {
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: marshall({ ":pk": KEY }),
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: most,
    }),
  );
  return Items.map((item) => parseItem(Proposal, unmarshall(item), KEY));
}

/** Writes down what became of an open proposal, once. @returns false where that was decided already, or its time is over. */
export const decideProposal = (
  table: Table,
  { asker: _, ...proposal }: Proposal,
  verdict: "published" | "scheduled" | "rejected",
  now: Epoch,
): Promise<boolean> =>
  putIf(table, itemOf({ ...proposal, verdict }), "verdict = :open AND expiresAt > :now", {
    ":open": "open",
    ":now": now,
  });
