import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { after, before } from "node:test";
import { parse, stringify } from "yaml";
import { readSeed } from "../../infra/local/seed.ts";
import { folder, sekisho } from "../cli/run.ts";
import { ciToken, personToken } from "../support/programs.ts";
import { openStack, type Stack, signedIn } from "./stack.ts";

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

const right = (id: string, environment: string, broker: readonly string[]) => ({
  kind: "Rule",
  id,
  connection: "ci",
  effect: "allow",
  when: [{ claim: "environment", equals: environment }],
  grant: { broker },
});

test("a pipeline plans, applies and is held to its right by the token of its own run, with no secret anywhere", async () => {
  const objects = [
    ...readSeed(Number(new URL(stack.url).port)),
    right("pipeline-applies", "access", ["editor"]),
    right("pipeline-plans", "access-plan", ["auditor"]),
  ];
  const yaml = (all: readonly object[]) => all.map((one) => stringify(one)).join("---\n");
  const admin = await signedIn(stack, "okta", "sre");
  const environment = { SEKISHO_URL: stack.url, SEKISHO_ORIGIN: "github.com/acme/access" };
  const mine = { ...environment, SEKISHO_TOKEN: await personToken(stack.urls, admin.person, "api") };
  const run = async (args: readonly string[], files: string, asked: Record<string, string>) =>
    sekisho([...args, "-f", files], {
      ...environment,
      SEKISHO_TOKEN: await ciToken(stack.urls, { repository_owner_id: "42", ...asked }),
    });

  using first = folder({ "all.yaml": yaml(objects) });
  const began = await sekisho(["apply", "-f", first.path, "--yes"], mine);
  assert.equal(began.code, 0, began.err);

  const rule = objects.map((one) =>
    "id" in one && one.id === "support" ? { ...one, description: "Helpdesk" } : one,
  );
  using merged = folder({ "all.yaml": yaml(rule) });
  const planned = await run(["plan"], merged.path, { environment: "access-plan" });
  assert.equal(planned.code, 0, planned.err);
  assert.match(planned.out, /~ Rule support/);
  const overreached = await run(["apply", "--yes"], merged.path, { environment: "access-plan" });
  assert.equal(overreached.code, 1);
  assert.match(overreached.err, /admin_required/);
  const applied = await run(["apply", "--yes"], merged.path, { environment: "access" });
  assert.equal(applied.code, 0, applied.err);
  assert.match(applied.out, /Published version/);

  const connection = rule.map((one) =>
    "id" in one && one.id === "okta" ? { ...one, title: "Another" } : one,
  );
  using beyond = folder({ "all.yaml": yaml(connection) });
  const refused = await run(["apply", "--yes"], beyond.path, { environment: "access" });
  assert.equal(refused.code, 1);
  assert.match(refused.out, /Connection okta: An editor does not change Connection objects\./);

  const stranger = await run(["plan"], merged.path, { environment: "access", repository_owner_id: "43" });
  assert.equal(stranger.code, 1);
  assert.match(stranger.err, /workload_claim_not_pinned/);
});

test("the example for GitHub Actions asks for its own token, stores no secret, and runs commands there are", () => {
  const text = readFileSync(new URL("../../docs/examples/github-actions.yml", import.meta.url), "utf8");
  const workflow = parse(text) as {
    permissions: object;
    jobs: Record<string, { environment: string; steps: { run?: string }[] }>;
  };
  assert.deepEqual(workflow.permissions, { contents: "read", "id-token": "write" });
  assert.doesNotMatch(text, /secrets\./);
  const commands = Object.values(workflow.jobs).flatMap(({ steps }) =>
    steps.flatMap(({ run = "" }) => /^npx sekisho (\w+)/.exec(run)?.[1] ?? []),
  );
  assert.deepEqual(commands, ["plan", "apply"]);
  assert.deepEqual(
    Object.values(workflow.jobs).map((job) => job.environment),
    ["access-plan", "access"],
  );
});
