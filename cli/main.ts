#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { EXIT, Stop, say } from "./command.ts";
import { register as access } from "./commands/access.ts";
import { register as accounts } from "./commands/accounts.ts";
import { register as apply } from "./commands/apply.ts";
import { register as audit } from "./commands/audit.ts";
import { register as connections } from "./commands/connections.ts";
import { register as exported } from "./commands/export.ts";
import { register as keys } from "./commands/keys.ts";
import { register as login } from "./commands/login.ts";
import { register as metadata } from "./commands/metadata.ts";
import { register as origins } from "./commands/origins.ts";
import { register as plan } from "./commands/plan.ts";
import { register as proposals } from "./commands/proposals.ts";
import { register as recover } from "./commands/recover.ts";
import { register as rollback } from "./commands/rollback.ts";
import { register as rules } from "./commands/rules.ts";
import { register as saml } from "./commands/saml.ts";
import { register as scheduled } from "./commands/scheduled.ts";
import { register as schema } from "./commands/schema.ts";
import { register as versions } from "./commands/versions.ts";
import { register as why } from "./commands/why.ts";

const program = new Command("sekisho")
  .description("Configure and ask a Sekisho broker.")
  .version("0.1.0")
  .exitOverride();
const commands = [
  plan,
  apply,
  exported,
  versions,
  rollback,
  proposals,
  scheduled,
  origins,
  why,
  rules,
  access,
  connections,
  audit,
  login,
  recover,
  keys,
  metadata,
  accounts,
  saml,
  schema,
];
for (const register of commands) register(program);

try {
  await program.parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    say(thrown instanceof Error ? thrown.message : String(thrown));
    process.exitCode = thrown instanceof Stop ? thrown.exitCode : EXIT.refused;
  }
}
