import assert from "node:assert/strict";
import test from "node:test";
import { lintOidc, lintWorkload } from "../../lib/oidc/lint.ts";
import { workloadTo } from "../connectors/workload-issuer.ts";
import { connectionTo } from "./surroundings.ts";

const GITHUB = "https://token.actions.githubusercontent.com";
const ids = { repository_owner_id: "1", repository_id: "2" };

const workloads: readonly [what: string, issuer: string, pinned: object, missing: readonly RegExp[]][] = [
  ["an issuer of one's own without pins", "https://ci.example", {}, []],
  ["GitHub with owner, repository and environment", GITHUB, { ...ids, environment: "prod" }, []],
  ["GitHub with owner, repository and ref", GITHUB, { ...ids, ref: "refs/heads/main" }, []],
  ["GitHub without environment and ref", GITHUB, ids, [/`environment` or `ref`/]],
  ["GitHub without owner", GITHUB, { repository_id: "2", ref: "x" }, [/`repository_owner_id`/]],
  ["GitHub without repository", GITHUB, { repository_owner_id: "1", ref: "x" }, [/`repository_id`/]],
  [
    "GitHub by names, which others may take",
    GITHUB,
    { repository: "a/b", ref: "x" },
    [/owner_id/, /`repository_id`/],
  ],
  ["GitHub with an empty list", GITHUB, { ...ids, environment: [] }, [/`environment` or `ref`/]],
  ["GitHub for an enterprise", `${GITHUB}/acme`, {}, [/owner_id/, /repository_id/, /environment/]],
  [
    "GitLab.com with everything",
    "https://gitlab.com",
    { namespace_id: "1", project_id: "2", ref: "main" },
    [],
  ],
  ["GitLab.com with nothing", "https://gitlab.com", {}, [/namespace_id/, /project_id/, /environment/]],
  ["a GitLab of one's own", "https://gitlab.example.com", {}, []],
];
for (const [what, issuer, pinned, missing] of workloads)
  test(`lint of ${what} finds ${missing.length} problems`, () => {
    const problems = lintWorkload(workloadTo(issuer, { pinned }));
    assert.equal(problems.length, missing.length, problems.join("\n"));
    for (const [index, pattern] of missing.entries()) assert.match(problems[index] ?? "", pattern);
  });

const people: readonly [what: string, issuer: string, more: object, problem: RegExp | undefined][] = [
  ["an ordinary provider", "https://op.example", {}, undefined],
  ["many tenants without a list", "https://login.microsoftonline.com/common/v2.0", {}, /`tenants`/],
  [
    "many tenants with a list",
    "https://login.microsoftonline.com/common/v2.0",
    { tenants: ["a"] },
    undefined,
  ],
  ["Google without domains", "https://accounts.google.com", {}, /`hostedDomains`/],
  ["Google with domains", "https://accounts.google.com", { hostedDomains: ["example.com"] }, undefined],
  [
    "Graph without a credential",
    "https://op.example",
    { clientSecret: undefined, groups: { from: "graph" } },
    /Graph/,
  ],
  [
    "a directory without a credential",
    "https://op.example",
    { groups: { from: "directory", actAs: "a" } },
    /credential/,
  ],
  [
    "a directory without an administrator",
    "https://op.example",
    { groups: { from: "directory", credential: { env: "X" } } },
    /actAs/,
  ],
  ["Okta groups without a credential", "https://op.example", { groups: { from: "okta" } }, /credential/],
];
for (const [what, issuer, more, problem] of people)
  test(`lint of ${what} finds ${problem ? "what is missing" : "nothing"}`, () => {
    const problems = lintOidc(connectionTo(issuer, more));
    if (problem) assert.match(problems.join(), problem);
    else assert.deepEqual(problems, []);
  });
