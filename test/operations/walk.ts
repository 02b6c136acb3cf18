import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OKTA_APP } from "../../infra/local/idp/okta.ts";
import { later } from "../support/later.ts";
import { type Ground, openGround, STACK } from "./ground.ts";
import { type Block, blocksOf, whyNotRun } from "./pages.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

/** A page of the operations, followed at a terminal against a broker that was just deployed. */
export interface Walk extends Pick<Ground, "stack" | "invoke"> {
  readonly terminal: Terminal;
  /**
   * Runs every block of shell under a heading of the page, in order, and demands that each ends well.
   *
   * @param onError Hears what is said on stderr.
   * @returns What they printed, one after the other.
   */
  follow(heading: string, onError?: (text: string) => void): Promise<string>;
  /** Runs what stands under a heading of another page, as what went before. */
  prepare(heading: string, from?: string): Promise<string>;
  /** Lets time pass, for the broker, AWS, the providers and the terminal. */
  later(seconds: number): void;
  /** Writes the configuration that the walk shows, for the demo Okta, and with these changes. */
  writeConfiguration(change?: (text: string) => string): void;
  /** Ends everything. @throws {AssertionError} when a block of the page was not run. */
  end(): Promise<void>;
}

/** What stands behind each `=` of the values that are the reader's own. */
const FIRST_ADMIN = { connection: "okta", claim: "groups", equals: "sre" };

/** Whoever works with the profile of the broker's account. */
const OPERATOR = "arn:aws:iam::999999999999:user/local-administrator";

/** @param page Its name as `pageNames` has it. */
export async function openWalk(
  page: string,
  options: { readonly firstAdmin?: object; readonly yours?: Readonly<Record<string, string>> } = {},
): Promise<Walk> {
  const firstAdmin = options.firstAdmin ?? FIRST_ADMIN;
  const ground = await openGround();
  const { urls, url } = ground.stack;
  const services = ["STS", "IAM", "KMS", "LAMBDA", "SECRETS_MANAGER", "ORGANIZATIONS"];
  const terminal = openTerminal({
    ...Object.fromEntries(services.map((service) => [`AWS_ENDPOINT_URL_${service}`, urls.aws])),
  });
  const yours = {
    AWS_PROFILE: "broker",
    AWS_REGION: "us-east-1",
    DOMAIN: new URL(url).host,
    SEKISHO_URL: url,
    HOSTED_ZONE: "Z0123456789ABCDEFGHIJ",
    ALARM_EMAIL: "platform@example.com",
    KEY_OPERATOR_ARN: OPERATOR,
    FIRST_ADMIN: JSON.stringify(firstAdmin),
    ADMIN_FUNCTION: `${STACK}-admin`,
  };
  const run = new Set<string>();
  const under = (name: string, heading: string): readonly Block[] => {
    const found = runnable(name).filter((block) => block.heading === heading);
    assert.ok(found.length > 0, `${name}.md has nothing to run under "${heading}"`);
    return found;
  };
  const deployAsked = async (): Promise<void> => {
    const asked = join(terminal.state, "deploy");
    if (!existsSync(asked)) return;
    const outputs = await ground.deploy(readParameters(readFileSync(asked, "utf8")));
    rmSync(asked);
    writeFileSync(join(terminal.state, "stack"), JSON.stringify({ name: STACK, outputs }));
  };
  const well = async (blocks: readonly Block[], onError?: (text: string) => void): Promise<string> => {
    let printed = "";
    for (const block of blocks) {
      run.add(placeOf(block));
      const script = block.text.startsWith("# Yours")
        ? filledIn(block, { ...yours, ...options.yours })
        : block.text;
      const { code, out, err } = await terminal.run(script, onError);
      assert.equal(code, 0, `${placeOf(block)}: ${out}${err}`);
      await deployAsked();
      printed += out;
    }
    return printed;
  };
  // Every page begins where the walk left its reader: after a deployment with values of their own.
  const begin = async (): Promise<void> => {
    for (const heading of ["Your values", "Deploy", "What the stack says"])
      await well(under("operations", heading));
  };
  await begin().catch(async (thrown: unknown) => {
    // Whoever cannot begin has nothing to end, and a server that is left would keep the test from ending.
    await ground.stop();
    throw thrown;
  });
  const writeConfiguration = (change = (text: string) => text): void => {
    for (const { language, text } of blocksOf("operations")) {
      const file = /^# (config\/\S+)$/m.exec(text)?.[1];
      if (language === "yaml" && file !== undefined) terminal.write(file, change(localised(text, urls.okta)));
    }
  };
  writeConfiguration();
  return {
    stack: ground.stack,
    invoke: ground.invoke,
    terminal,
    writeConfiguration,
    later: (seconds) => terminal.set("CLOCK_SHIFT_MILLISECONDS", String(later(seconds))),
    follow: (heading, onError) => well(under(page, heading), onError),
    prepare: (heading, from = "operations") => well(under(from, heading)),
    end: async () => {
      terminal[Symbol.dispose]();
      await ground.stop();
      const left = runnable(page).filter((block) => !run.has(placeOf(block)));
      assert.deepEqual(left.map(placeOf), [], "blocks that nobody ran");
    },
  };
}

const runnable = (page: string): readonly Block[] =>
  blocksOf(page).filter((block) => block.language === "sh" && whyNotRun(block) === undefined);

const placeOf = ({ page, heading, line }: Block): string => `${page}.md:${line} ${heading}`;

/** The parameters of `osls deploy`, as the shell handed them over. @throws {Error} of a word it would not know. */
function readParameters(words: string): Record<string, string> {
  const [option, region, ...given] = words.split("\0").slice(0, -1);
  if (option !== "--region" || region !== "us-east-1") throw new Error(`deployed to ${option} ${region}`);
  return Object.fromEntries(
    given.map((word) => {
      const [, name, value] = /^--param=(\w+)=(.*)$/s.exec(word) ?? [];
      if (name === undefined || value === undefined) throw new Error(`osls does not know ${word}`);
      return [name, value];
    }),
  );
}

/** The reader's own values, as a reader fills them in. @throws {Error} of one that nobody knows. */
function filledIn({ text }: Block, yours: Readonly<Record<string, string>>): string {
  return text.replace(/^export (\w+)=.*$/gm, (_, name: string) => {
    const value = yours[name];
    if (value === undefined) throw new Error(`no test knows a value for ${name}`);
    return `export ${name}='${value}'`;
  });
}

/** The walk's configuration with the demo Okta's address and group. */
const localised = (text: string, okta: string): string =>
  text
    .replace("https://acme.okta.com/app/exk1example", `${okta}/app/${OKTA_APP}`)
    .replaceAll("aws-platform", "sre");
