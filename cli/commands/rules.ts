import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import * as v from "valibot";
import type { Decision } from "../../lib/core/decision.ts";
import { parseInstant, systemClock } from "../../lib/core/time.ts";
import { compileRules } from "../../lib/rules/compile.ts";
import { Hypothetical, identityOf } from "../../lib/rules/hypothetical.ts";
import { askedKeys } from "../../lib/rules/index.ts";
import { parseObjects } from "../../lib/rules/parse.ts";
import { worldOf } from "../../lib/rules/place.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { accepted, callAdmin } from "../api.ts";
import { brokerOption, EXIT, filesOption, jsonOption, printJson, Stop } from "../command.ts";
import { readConfigFiles } from "../config-files.ts";
import { printDecision } from "../decision-text.ts";
import { printProblems } from "../plan-text.ts";
import { registerList } from "./rules-list.ts";

interface ExplainOptions {
  readonly files?: string;
  readonly broker?: string;
  readonly connection?: string;
  readonly claims?: string;
  readonly subject?: string;
  readonly unknown?: string[];
  readonly amr?: string[];
  readonly acr?: string;
  readonly mfa?: string;
  readonly sourceIp?: string;
  readonly authenticatedAt?: string;
  readonly at?: string;
  readonly account?: string;
  readonly role?: string;
  readonly json?: boolean;
}

/** `sekisho rules ...`: ask what the rules decide, and why. */
export function register(program: Command): void {
  const rules = program.command("rules").description("Ask what the rules decide, and why");
  registerList(rules);
  rules
    .command("explain")
    .description("Explain a decision: by the files of -f, offline, or by what the broker has published")
    .addOption(filesOption())
    .option("--connection <id>", "the connection they come by; without it, you yourself (broker only)")
    .option("--claims <json>", "claims as JSON, a file of them, or what `sekisho saml inspect` printed")
    .option("--subject <subject>", "their stable subject")
    .option("--unknown <claim...>", "claims whose look-up failed")
    .addOption(
      new Option("--mfa <answer>", "whether a second factor was proven").choices(["yes", "no", "unknown"]),
    )
    .option("--amr <method...>", "authentication methods")
    .option("--acr <class>", "authentication context")
    .option("--source-ip <address>", "where they come from")
    .option("--authenticated-at <time>", "when they signed in, as 2026-11-22T09:41:00Z")
    .option("--at <time>", "decide as if it were then, as 2026-11-22T09:41:00Z")
    .option("--account <id>", "with --role: exit 1 unless this role is given")
    .option("--role <name>", "with --account: exit 1 unless this role is given")
    .addOption(brokerOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ sekisho rules explain -f config/ --connection okta --claims '{"groups": ["sre", "dev"]}' --mfa yes
  $ sekisho saml inspect --connection okta.yaml --response answer.xml > who.json
  $ sekisho rules explain -f config/ --connection okta --claims who.json
  $ sekisho rules explain -f config/ --connection ci --claims '{"ref": "refs/heads/main"}' \\
      --account 111111111111 --role Deploy        # a test of rules: exits 1 when it is not given`,
    )
    .action(explain);
}

async function explain(options: ExplainOptions): Promise<void> {
  if ((options.account === undefined) !== (options.role === undefined))
    throw new Stop(EXIT.usage, "--account and --role go together.");
  const decision =
    options.files === undefined ? await askBroker(options) : decideOffline(options, options.files);
  if (decision === undefined) {
    process.exitCode = EXIT.refused;
    return;
  }
  if (options.json) printJson(decision);
  else printDecision(decision, options);
  if (options.account !== undefined && !gives(decision, options)) process.exitCode = EXIT.refused;
}

const gives = ({ roles }: Decision, { account, role }: ExplainOptions): boolean =>
  roles.some((one) => one.accountId === account && one.role === role);

async function askBroker(options: ExplainOptions): Promise<Decision> {
  const who = options.connection === undefined ? {} : whoOf(options);
  const body = accepted(await callAdmin(options, "POST", "/api/admin/explain", who));
  if (!Array.isArray(body.roles) || !Array.isArray(body.reasons))
    throw new Stop(EXIT.refused, "The broker did not answer with a decision.");
  return body as unknown as Decision;
}

/** The very code of the broker, on files. */
function decideOffline(options: ExplainOptions, files: string): Decision | undefined {
  const read = readConfigFiles(files);
  const parsed = parseObjects(read.objects);
  const problems = [...read.problems, ...parsed.problems.map(read.locate)];
  if (problems.length > 0) {
    printProblems(problems);
    return undefined;
  }
  const who = whoOf(options);
  const { configuration } = parsed;
  const connection = configuration.connections.find(({ id }) => id === who.connection);
  if (connection === undefined)
    throw new Stop(EXIT.usage, `There is no connection ${who.connection} in ${files}.`);
  const { buckets, lengths } = compileRules(configuration.rules, configuration.connections);
  const identity = identityOf(who, connection);
  const found = askedKeys(identity, lengths, who.sourceIp).flatMap((key) => buckets.get(key) ?? []);
  const now = who.at ?? systemClock.now();
  const at = who.sourceIp === undefined ? { now } : { now, sourceIp: who.sourceIp };
  return decide(identity, found, worldOf(configuration, 0), at);
}

/** @throws {Stop} when it is not said by which connection, or the claims are no claims. */
function whoOf(options: ExplainOptions): Hypothetical {
  const { connection, subject, unknown, amr, acr, mfa, sourceIp } = options;
  if (connection === undefined)
    throw new Stop(EXIT.usage, "--connection is missing: claims mean nothing without it.");
  const given = {
    ...claimsOf(options.claims),
    connection,
    subject,
    unknown,
    amr,
    acr,
    mfa,
    sourceIp,
    at: instantOf(options.at, "--at"),
    authenticatedAt: instantOf(options.authenticatedAt, "--authenticated-at"),
  };
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  const parsed = v.safeParse(Hypothetical, { ...claimsOf(options.claims), ...Object.fromEntries(said) });
  if (parsed.success) return parsed.output;
  const field = v.getDotPath(parsed.issues[0]) ?? "claims";
  throw new Stop(EXIT.usage, `${field}: a claim is a text or a list of texts.`);
}

function instantOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const at = parseInstant(text);
  if (at === undefined) throw new Stop(EXIT.usage, `${option}: write a time as 2026-11-22T09:41:00Z.`);
  return at;
}

/** Claims as such, or with the subject as `saml inspect` prints them. */
function claimsOf(given: string | undefined): { claims?: unknown; subject?: unknown } {
  if (given === undefined) return {};
  const text = given.trimStart().startsWith("{") ? given : readText(given);
  const value = readObject(text);
  const identity = value.identity;
  if (typeof identity !== "object" || identity === null) return { claims: value };
  const { claims, subject } = identity as Record<string, unknown>;
  return { claims, subject };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Stop(EXIT.usage, `--claims: there is no file ${path}, and it is not JSON either.`);
  }
}

function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // told below
  }
  throw new Stop(EXIT.usage, "--claims is not a JSON object.");
}
