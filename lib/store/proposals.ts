import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import type { Epoch } from "../core/time.ts";
import { type Ages, parseItem, putIf, putUnder, readItem, toItem } from "./item.ts";
import { Asker, Kept } from "./kept.ts";
import type { Table } from "./table.ts";

const KEY = "PROPOSAL";
/** How long a proposal can be looked up after its time is over. */
const KEPT_SECONDS = 30 * 86_400;
/** Longer than a function runs: whoever held it by then does nothing any more. */
const HELD_SECONDS = 90;

/**
 * The second shape has a time and a hold. Code that knows neither would publish at once what shall wait, and decide what
 * somebody holds: it refuses the number. One of the first shape is read as it stands.
 */
const AGES: Ages = { now: 2, older: { 1: (item) => item } };

/** A configuration that one person wishes for and another must agree to. */
const Proposal = v.object({
  ...Kept.entries,
  schema: v.literal(2),
  verdict: v.picklist(["open", "published", "scheduled", "rejected"]),
  /** Opaque marks of whoever proposed: who has one of them is the same person, whatever they signed in by. */
  marks: v.array(v.string()),
  expiresAt: v.number(),
  /** Under what these files are remembered. */
  mark: v.exactOptional(v.string()),
  /** When it shall take effect, and who wished for it, to decide them anew then; forgotten once this is decided. */
  dueAt: v.exactOptional(v.number()),
  asker: v.exactOptional(Asker),
  /** Until when nobody but whoever is publishing it decides it. */
  heldUntil: v.exactOptional(v.number()),
});
export type Proposal = v.InferOutput<typeof Proposal>;

const itemOf = (proposal: Proposal) => toItem(KEY, proposal.id, proposal, proposal.expiresAt + KEPT_SECONDS);

export const putProposal = (table: Table, proposal: Proposal): Promise<void> =>
  putUnder(table, itemOf(proposal));

export const readProposal = (table: Table, id: string): Promise<Proposal | undefined> =>
  readItem(table, KEY, id, Proposal, AGES);

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
  return Items.map((item) => parseItem(Proposal, unmarshall(item), KEY, AGES));
}

/** That nobody decided it, nor is about to. */
const FREE =
  "verdict = :open AND expiresAt > :now AND (attribute_not_exists(heldUntil) OR heldUntil <= :now)";

/**
 * Takes an open proposal to publish it: until that is decided or given back nobody else decides it.
 *
 * @returns The proposal as it is held; undefined where somebody else holds it, it was decided, or its time is over.
 */
export async function holdProposal(
  table: Table,
  proposal: Proposal,
  now: Epoch,
): Promise<Proposal | undefined> {
  const held = { ...proposal, heldUntil: now + HELD_SECONDS };
  return (await putIf(table, itemOf(held), FREE, { ":open": "open", ":now": now })) ? held : undefined;
}

const unlessLost = (table: Table, after: Proposal, heldUntil: Epoch): Promise<boolean> =>
  putIf(table, itemOf(after), "verdict = :open AND heldUntil = :held", {
    ":open": "open",
    ":held": heldUntil,
  });

/** Gives back one that was held and not published. What cannot be given back is free when its hold is over. */
export async function releaseProposal(table: Table, { heldUntil, ...proposal }: Proposal): Promise<void> {
  if (heldUntil !== undefined) await unlessLost(table, proposal, heldUntil).catch(() => {});
}

/**
 * Writes down what became of an open proposal, once.
 *
 * @param proposal As it is held by whoever decides it, or as it was read.
 * @returns false where somebody else decided it or is about to, or its time is over.
 */
export const decideProposal = (
  table: Table,
  { asker: _, heldUntil = 0, ...proposal }: Proposal,
  verdict: "published" | "scheduled" | "rejected",
  now: Epoch,
): Promise<boolean> =>
  heldUntil > now
    ? unlessLost(table, { ...proposal, verdict }, heldUntil)
    : putIf(table, itemOf({ ...proposal, verdict }), FREE, { ":open": "open", ":now": now });
