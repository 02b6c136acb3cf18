import type { Command } from "commander";
import * as v from "valibot";
import { toInstant } from "../../lib/core/time.ts";
import { type ApiAnswer, type ApiOptions, accepted, callAdmin } from "../api.ts";
import { brokerOption, EXIT, jsonOption, print, printJson, Stop } from "../command.ts";
import { readPlan } from "../plan-text.ts";
import { agreed, tellOutcome } from "../publishing.ts";
import { nameOfAuthor, Version } from "../version-text.ts";
import { askOn, printPlanned } from "./plan.ts";

interface Options extends ApiOptions {
  readonly json?: boolean;
}

const Proposal = v.object({
  id: v.string(),
  state: v.string(),
  author: Version.entries.author,
  at: v.number(),
  expiresAt: v.number(),
  base: v.number(),
  hash: v.string(),
  message: v.optional(v.string()),
  dueAt: v.optional(v.number()),
});
type Proposal = v.InferOutput<typeof Proposal>;

/** `sekisho proposals ...`: changes that take two people. */
export function register(program: Command): void {
  const proposals = program.command("proposals").description("Changes that wait for a second person");
  const id = ["<id>", "its id, as `proposals list` shows it"] as const;
  const options = (command: Command) => command.addOption(brokerOption()).addOption(jsonOption());
  options(proposals.command("list").description("List proposals, the latest first")).action(list);
  options(
    proposals
      .command("show")
      .description("Show what a proposal would change now, and for whom")
      .argument(...id),
  ).action(async (of: string, asked: Options) => void (await show(of, asked)));
  options(
    proposals
      .command("approve")
      .description("Publish what somebody else proposed, after it was shown")
      .argument(...id)
      .option("--yes", "do not ask"),
  ).action(approve);
  options(
    proposals
      .command("reject")
      .description("Close a proposal")
      .argument(...id),
  ).action(reject);
}

/** States in which a proposal is still somebody's to decide. */
const WAITS = ["open", "outdated"];

const at = (id: string, verb = ""): string => `/api/admin/proposals/${encodeURIComponent(id)}${verb}`;

async function list(options: Options): Promise<void> {
  const body = accepted(await callAdmin(options, "GET", "/api/admin/proposals"));
  if (options.json) return printJson(body);
  const { proposals } = v.parse(v.object({ proposals: v.array(Proposal) }), body);
  if (proposals.length === 0) print("Nothing waits for anybody.");
  for (const one of proposals) print(lineOf(one));
}

function lineOf({ id, state, author, expiresAt, dueAt, message = "" }: Proposal): string {
  const due = dueAt === undefined ? "" : `[at ${toInstant(dueAt)}, or at once where that is over]  `;
  return `${id}  ${state.padEnd(9)}  until ${toInstant(expiresAt)}  ${nameOfAuthor(author)}  ${due}${message}`.trimEnd();
}

/** @param isQuiet Where only what became of it is told, as JSON. */
async function show(id: string, options: Options, isQuiet = false) {
  const { body, proposal, planned } = await shownWhole(id, options);
  if (isQuiet) return { proposal, planned };
  if (options.json) printJson(body);
  else {
    print(lineOf(proposal));
    // Of what was decided, what it would change now is not what it changed.
    if (WAITS.includes(proposal.state)) printPlanned(planned);
  }
  return { proposal, planned };
}

/** With everybody it concerns, however many answers that takes. */
async function shownWhole(id: string, options: Options) {
  let shown: ApiAnswer["body"] = {};
  const planned = await askOn(async (cursor) => {
    const query = cursor === undefined ? "" : `?${new URLSearchParams({ cursor })}`;
    shown = accepted(await callAdmin(options, "GET", `${at(id)}${query}`));
    return readPlan(v.parse(v.object({ plan: v.record(v.string(), v.unknown()) }), shown).plan);
  });
  return { body: { ...shown, plan: planned }, proposal: v.parse(Proposal, shown), planned };
}

async function approve(id: string, options: Options & { readonly yes?: boolean }): Promise<void> {
  const { proposal, planned } = await show(id, { ...options, json: false }, options.json && options.yes);
  // What is over nobody can say yes to: the broker says why.
  if (proposal.state === "open" && !options.yes && !(await agreed(planned)))
    throw new Stop(EXIT.refused, "Nothing was changed.");
  // What was shown is what is agreed to.
  tellOutcome(
    options,
    accepted(await callAdmin(options, "POST", at(id, "/approve"), { hash: proposal.hash })),
  );
}

async function reject(id: string, options: Options): Promise<void> {
  const body = accepted(await callAdmin(options, "POST", at(id, "/reject"), {}));
  if (options.json) printJson(body);
  else print(`Closed ${id}.`);
}
