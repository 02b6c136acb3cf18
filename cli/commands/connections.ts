import type { Command } from "commander";
import * as v from "valibot";
import { toInstant } from "../../lib/core/time.ts";
import { type ApiOptions, accepted, callAdmin } from "../api.ts";
import { brokerOption, jsonOption, print, printJson } from "../command.ts";

interface Options extends ApiOptions {
  readonly json?: boolean;
}

const Key = v.object({
  fingerprint: v.string(),
  seenAt: v.number(),
  endsAt: v.optional(v.number()),
  pending: v.optional(v.boolean()),
  agreedAt: v.optional(v.number()),
});
const Keys = v.object({ keys: v.array(Key) });
const Report = v.object({
  id: v.string(),
  protocol: v.string(),
  purpose: v.string(),
  enabled: v.boolean(),
  refreshedAt: v.optional(v.number()),
  failedWith: v.optional(v.string()),
  validUntil: v.optional(v.number()),
  keys: v.array(Key),
});
const Reports = v.object({ connections: v.array(Report) });

/** `sekisho connections ...`: what the broker learnt of providers, and whose keys it believes. */
export function register(program: Command): void {
  const connections = program
    .command("connections")
    .description("See what the broker learnt of its providers, and decide about their keys");
  const add = (name: string, description: string): Command =>
    connections.command(name).description(description).addOption(brokerOption()).addOption(jsonOption());
  add("list", "Show every connection: last refresh, keys, keys that wait").action(list);
  add("refresh <connection>", "Read its metadata or keys again, now").action(refresh);
  add("approve <connection> <fingerprint...>", "Believe keys that wait (approveNewKeys)").action(
    (connection: string, fingerprints: string[], options: Options) =>
      judge("approve", connection, fingerprints, options),
  );
  add("end <connection> <fingerprint...>", "Believe keys no more, whatever the provider publishes")
    .addHelpText(
      "after",
      `
A key that a provider withdraws ends within a day; this ends it within 5 seconds, for one that was stolen. It stays
ended whatever the provider publishes. To shut the whole connection, apply it with \`enabled: false\`.

Example:
  $ sekisho connections list
  $ sekisho connections end okta 5f2c...e1`,
    )
    .action((connection: string, fingerprints: string[], options: Options) =>
      judge("end", connection, fingerprints, options),
    );
}

const at = (connection: string, verb: string): string =>
  `/api/admin/connections/${encodeURIComponent(connection)}/${verb}`;

async function list(options: Options): Promise<void> {
  const body = accepted(await callAdmin(options, "GET", "/api/admin/connections"));
  if (options.json) return printJson(body);
  for (const report of v.parse(Reports, body).connections) printReport(report);
}

async function refresh(connection: string, options: Options): Promise<void> {
  const body = accepted(await callAdmin(options, "POST", at(connection, "refresh"), {}));
  if (options.json) return printJson(body);
  printReport(v.parse(Report, body));
}

async function judge(
  verb: "approve" | "end",
  connection: string,
  fingerprints: readonly string[],
  options: Options,
): Promise<void> {
  const body = accepted(await callAdmin(options, "POST", at(connection, verb), { fingerprints }));
  if (options.json) return printJson(body);
  for (const key of v.parse(Keys, body).keys) printKey(key);
}

function printReport({ id, protocol, purpose, enabled, refreshedAt, ...more }: v.InferOutput<typeof Report>) {
  const read = refreshedAt === undefined ? "not read yet" : `read ${toInstant(refreshedAt)}`;
  const failed = more.failedWith === undefined ? [] : [`FAILED: ${more.failedWith}`];
  const until = more.validUntil === undefined ? [] : [`valid until ${toInstant(more.validUntil)}`];
  const off = enabled ? [] : ["switched off"];
  print([`${id}  ${protocol}, ${purpose}`, ...off, read, ...until, ...failed].join("; "));
  for (const key of more.keys) printKey(key);
}

function printKey({ fingerprint, seenAt, endsAt, pending, agreedAt }: v.InferOutput<typeof Key>): void {
  const ends = endsAt === undefined ? [] : [endsAt === 0 ? "ENDED" : `ends ${toInstant(endsAt)}`];
  const waits = pending && endsAt === undefined ? [waitsFor(agreedAt)] : [];
  print(`  ${[fingerprint, `since ${toInstant(seenAt)}`, ...ends, ...waits].join("  ")}`);
}

const waitsFor = (agreedAt: number | undefined): string =>
  agreedAt === undefined
    ? "WAITS for approval"
    : `WAITS for a second person; the first approved it ${toInstant(agreedAt)}`;
