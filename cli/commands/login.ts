import { type Command, Option } from "commander";
import { accepted, call, originOf } from "../api.ts";
import { brokerOption, EXIT, print, Stop, say } from "../command.ts";
import { loopback, openBrowser } from "../loopback.ts";

interface LoginOptions {
  readonly broker?: string;
  readonly for: "api" | "credentials";
  readonly print?: boolean;
  /** Commander's negation of --no-browser. */
  readonly browser: boolean;
}

/** `sekisho login`: a person's token for this shell, by way of the browser. */
export function register(program: Command): void {
  program
    .command("login")
    .description("Sign in with the browser and print a token for this shell")
    .addOption(brokerOption())
    .addOption(
      new Option("--for <purpose>", "what the token is for: the admin API, or AWS SDKs")
        .choices(["api", "credentials"])
        .default("api"),
    )
    .option("--print", "print the token alone")
    .option("--no-browser", "only print the address to open, on this machine")
    .addHelpText(
      "after",
      `
Examples:
  $ export SEKISHO_URL=https://broker.example.com
  $ eval "$(sekisho login)"                     # then: sekisho plan -f config/
  $ eval "$(sekisho login --for credentials)"   # then: any AWS SDK, with AWS_CONTAINER_CREDENTIALS_FULL_URI
                                                # set to $SEKISHO_URL/api/credentials/111111111111/ReadOnly`,
    )
    .action(login);
}

/** What the shell keeps a token of each purpose in. */
const VARIABLES = { api: "SEKISHO_TOKEN", credentials: "AWS_CONTAINER_AUTHORIZATION_TOKEN" } as const;

async function login(options: LoginOptions): Promise<void> {
  const origin = originOf(options);
  await using waiting = await loopback();
  const address = new URL("/api/login/authorize", origin);
  address.search = new URLSearchParams({
    port: String(waiting.port),
    state: waiting.state,
    challenge: waiting.challenge,
    purpose: options.for,
  }).toString();
  say(`Sign in at ${address.href}`);
  if (options.browser) openBrowser(address.href);
  const code = await waiting.code;
  const { verifier } = waiting;
  const { token } = accepted(await call(origin, "POST", "/api/login/token", { code, verifier }));
  // The shell will run what is printed, so nothing but a token of ours may be.
  if (typeof token !== "string" || !/^[\w-]{20,200}$/.test(token))
    throw new Stop(EXIT.refused, "The broker did not answer with a token.");
  print(options.print ? token : `export ${VARIABLES[options.for]}=${token}`);
  if (!options.print && process.stdout.isTTY) say('To set it in this shell: eval "$(sekisho login)"');
}
