import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { IAMClient } from "@aws-sdk/client-iam";
import { ACCOUNTS } from "../../infra/local/aws/accounts.ts";
import { accountCredentials, BROKER_ACCOUNT } from "../../infra/local/environment.ts";
import { openFunctions } from "../../infra/local/functions.ts";
import { readDeployment } from "../../infra/local/routes.ts";
import { type Stack, startStack } from "../../infra/local/stack.ts";
import { openDeployment, openRole, type Parameters, workAsFunctions } from "./deployment.ts";

/** Name of the stack, and what the names of its functions begin with. */
export const STACK = "sekisho-prod";

/** A place for a broker: its table on the local stack, and accounts that know nothing of it. */
export interface Ground {
  readonly stack: Stack;
  /** Deploys functions and keys with these parameters. @returns What CloudFormation says of the stack then. */
  deploy(given: Parameters): Promise<Readonly<Record<string, string>>>;
  /** Invokes a function as its schedule does. */
  invoke(name: string, event: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

const ROOT = new URL("../../", import.meta.url);
const DEPLOYED = /\?deployed=\d+$/;

// A deployment puts new containers in place of the old ones: what is in `functions/`, and what holds a client of KMS, is
// loaded as modules of its own, which read their environment anew.
const OWN = ["functions/", "lib/flows/open.ts", "lib/aws/kms.ts"].map((path) => new URL(path, ROOT).href);
registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    const [mark] = DEPLOYED.exec(context.parentURL ?? "") ?? [];
    const isOurs = OWN.some((own) => found.url.startsWith(own)) && !DEPLOYED.test(found.url);
    return mark !== undefined && isOurs ? { ...found, url: found.url + mark } : found;
  },
});

export async function openGround(): Promise<Ground> {
  const deployment = readDeployment(readFileSync(new URL("serverless.yml", ROOT), "utf8"));
  let deployed = 0;
  const open = () =>
    openFunctions(deployment, (name) => new URL(`functions/${name}.ts?deployed=${deployed}`, ROOT));
  let functions = open();
  // The functions are called as the stack names them, by whoever invokes them directly.
  const own = (name: string): string => (name.startsWith(`${STACK}-`) ? name.slice(STACK.length + 1) : name);
  const stack = await startStack({
    port: 0,
    fill: false,
    report: () => {},
    open: () => {
      // As on Lambda: secrets lie in Secrets Manager and nowhere else.
      process.env.AWS_LAMBDA_FUNCTION_NAME = `${STACK}-any`;
      const invoke = (name: string, event: unknown, id?: string) => functions.invoke(own(name), event, id);
      return { deployment, functions: { invoke, warm: () => functions.warm() } };
    },
  });
  const members = ACCOUNTS.filter(({ id }) => id !== BROKER_ACCOUNT);
  await Promise.all([
    workAsFunctions(stack),
    ...members.map(({ id }) => {
      const there = { endpoint: stack.urls.aws, region: "us-east-1", credentials: accountCredentials(id) };
      // What Organizations leaves in every account it makes.
      return openRole(new IAMClient(there), "OrganizationAccountAccessRole", BROKER_ACCOUNT);
    }),
  ]);
  const deployKeys = openDeployment(stack);
  return {
    stack,
    deploy: async (given) => {
      const outputs = await deployKeys(given);
      process.env.SEKISHO_FIRST_ADMIN = given.firstAdmin ?? "";
      // Of two audit keys the first one seals, as infra/keys.yml has it.
      const [seals] = given.auditKeys ?? "a";
      process.env.SEKISHO_AUDIT_KEY = (seals === "a" ? outputs.AuditKeyId : outputs.AuditKeyIdB) ?? "";
      deployed++;
      functions = open();
      return outputs;
    },
    invoke: (name, event) => functions.invoke(name, event),
    stop: () => stack.stop(),
  };
}
