import type { Command } from "commander";

/** `sekisho saml ...`: look at a provider's answers offline. */
export function register(program: Command): void {
  program.command("saml").description("Look at SAML answers offline");
}
