#!/usr/bin/env node
import { Command } from "commander";
import { register as saml } from "./commands/saml.ts";

const program = new Command("sekisho").description("Configure and ask a Sekisho broker.").version("0.1.0");
for (const register of [saml]) register(program);
await program.parseAsync();
