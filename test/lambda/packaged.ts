import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { BROKER_ACCOUNT } from "../../infra/local/environment.ts";
import type { SeedObject } from "../../infra/local/seed.ts";
import { type Stack, type StackOptions, startStack } from "../../infra/local/stack.ts";
import { packageService } from "../../infra/package.ts";
import { type Lambda, openLambda } from "./lambda.ts";
import { deploymentOf, functionsOf, type Resources, type Shipped, variablesOf } from "./template.ts";

type Variables = Readonly<Record<string, string>>;

/** The local stack with the packaged functions in it. */
export interface Packaged {
  readonly stack: Stack;
  readonly lambda: Lambda;
  readonly resources: Resources;
  /** The whole template, as CloudFormation is given it. */
  readonly template: Readonly<Record<string, unknown>> & { readonly Resources: Resources };
  /** The demo configuration, with secrets where they lie on AWS. */
  readonly objects: readonly SeedObject[];
  /** Publishes a whole configuration, as an operator does. */
  apply(objects: readonly SeedObject[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Packages, unpacks and starts everything.
 *
 * @param options.endpoints What a function's endpoints are, where they are not the stack's.
 */
export async function openPackaged(
  options: Pick<StackOptions, "report"> & {
    /** Parameters of the stack, where they are not the deployment's own. */
    readonly parameters?: Variables;
    readonly endpoints?: (name: string, local: Variables, resources: Resources) => Promise<Variables>;
  } = {},
): Promise<Packaged> {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-package-"));
  await packageService(folder);
  const text = readFileSync(join(folder, "cloudformation-template-update-stack.json"), "utf8");
  const template = JSON.parse(text) as Packaged["template"];
  const { Resources: resources } = template;
  const shipped = functionsOf(resources);
  let lambda: Lambda | undefined;
  let environment: Variables = {};
  let objects: readonly SeedObject[] = [];
  const stack = await startStack({
    port: 0,
    ...(options.report ? { report: options.report } : {}),
    open: (local) => {
      environment = local;
      lambda = openLambda({
        folder: mkdtempSync(join(tmpdir(), "sekisho-unpacked-")),
        functions: shipped,
        zipOf: (name) => readFileSync(join(folder, `${name}.zip`)),
        environmentOf: async (one) => ({
          ...environmentOf(template, one, local, options.parameters ?? {}),
          ...(await options.endpoints?.(one.name, local, resources)),
        }),
      });
      return { deployment: deploymentOf(resources), functions: lambda };
    },
    prepare: async (demo) => {
      objects = await withSecrets(demo, environment);
      return objects;
    },
  });
  rmSync(folder, { recursive: true });
  if (lambda === undefined) throw new Error("the stack opened no functions");
  const running = lambda;
  return {
    stack,
    lambda: running,
    resources,
    template,
    objects,
    apply: async (wanted) => {
      const answer = await running.invoke("admin", { sekisho: "apply", objects: wanted, author: "test" });
      assert.equal((answer as { outcome?: string }).outcome, "published", JSON.stringify(answer));
    },
    stop: async () => {
      await stack.stop();
      await running.stop();
    },
  };
}

/**
 * The template's environment, but for what must differ on this machine: the broker stands on http, AWS is the
 * look-alike, and so the variable that forbids other endpoints is left out.
 */
function environmentOf(
  template: Packaged["template"],
  shipped: Shipped,
  local: Variables,
  parameters: Variables,
): Variables {
  const of = (name: string): string => local[name] ?? "";
  const { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: forbids, ...variables } = variablesOf(template, shipped, {
    DomainName: "broker.example.com",
    Table: of("SEKISHO_TABLE"),
    PrivateHosts: of("SEKISHO_PRIVATE_HOSTS"),
    FirstAdmin: of("SEKISHO_FIRST_ADMIN"),
    AuditKey: of("SEKISHO_AUDIT_KEY"),
    AuditKeys: "a",
    AuditBusArn: "none",
    AuditBusFormat: "event",
    AuditBucketArn: "none",
    AuditBucketOwner: "",
    AuditBucketRegion: "",
    AuditBucketKeyArn: "none",
    "AWS::AccountId": BROKER_ACCOUNT,
    "AWS::StackName": "sekisho-prod",
    ...parameters,
  });
  assert.equal(forbids, "true");
  assert.equal(variables.SEKISHO_URL, "https://broker.example.com");
  const differs = Object.entries(local).filter(([name]) =>
    /^(?:AWS_ENDPOINT_URL_|AWS_ACCESS|AWS_SECRET_|AWS_REGION$|SEKISHO_(?:URL|FEDERATION_URL|CONSOLE_URL)$)/.test(
      name,
    ),
  );
  return { ...variables, ...Object.fromEntries(differs) };
}

/** On Lambda a secret in the environment is refused, so each lies in Secrets Manager under its connection. */
async function withSecrets(
  seed: readonly SeedObject[],
  environment: Variables,
): Promise<readonly SeedObject[]> {
  const client = new SecretsManagerClient({
    endpoint: environment.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? "",
    region: "us-east-1",
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? "",
    },
  });
  const keep = async (connection: unknown, name: string): Promise<string> => {
    const Name = `sekisho/${connection}/${name.toLowerCase()}`;
    const { ARN = "" } = await client.send(
      new CreateSecretCommand({ Name, SecretString: environment[name] ?? "" }),
    );
    return ARN;
  };
  const moved = await Promise.all(
    seed.map(async (object) => {
      if (object.kind !== "Connection") return object;
      let text = JSON.stringify(object);
      for (const [reference, name = ""] of text.matchAll(/\{"env":"(\w+)"\}/g))
        text = text.replace(reference, JSON.stringify({ secret: await keep(object.id, name) }));
      return JSON.parse(text) as SeedObject;
    }),
  );
  client.destroy();
  return moved;
}
