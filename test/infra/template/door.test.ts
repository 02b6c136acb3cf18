import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { before } from "node:test";
import { functionNames, ROOT } from "../../../infra/build.ts";
import { type Deployment, readDeployment } from "../../../infra/local/routes.ts";
import { deploymentOf } from "../../lambda/template.ts";
import { logical, ofType, type Package, propertiesOf, readPackage } from "./packaged.ts";

const declared = readDeployment(readFileSync(join(ROOT, "serverless.yml"), "utf8"));
let template: Package["template"];
let deployment: Deployment;
before(async () => {
  ({ template } = await readPackage());
  deployment = deploymentOf(template.Resources);
});

test("the template has every function, with a role of its own", () => {
  const functions = ofType(template, "AWS::Lambda::Function");
  assert.equal(functions.length, functionNames().length);
  assert.equal(ofType(template, "AWS::IAM::Role").length, functionNames().length);
  for (const name of functionNames()) {
    const { Role } = propertiesOf(template, `${logical(name)}LambdaFunction`);
    assert.deepEqual(Role, { "Fn::GetAtt": [`${logical(name)}Role`, "Arn"] });
  }
});

test("the template has every route, and no other", () => {
  const made = ofType(template, "AWS::ApiGatewayV2::Route").map(([, { RouteKey }]) => RouteKey);
  assert.deepEqual(made.sort(), declared.routes.map(({ key }) => key).sort());
  assert.ok(made.length > 30);
});

interface Throttle {
  readonly ThrottlingRateLimit: number;
  readonly ThrottlingBurstLimit: number;
}
const settings = (): Readonly<Record<string, Throttle>> =>
  propertiesOf(template, "HttpApiStage").RouteSettings as Record<string, Throttle>;
const standard = (name: string): number => Number(template.Parameters[name]?.Default);

test("a setting is for a route that is there before it", () => {
  const keys = new Map(
    ofType(template, "AWS::ApiGatewayV2::Route").map(([name, { RouteKey }]) => [RouteKey, name]),
  );
  const { DependsOn = [] } = template.Resources.HttpApiStage ?? {};
  const needed = Object.keys(settings()).map((key) => keys.get(key));
  assert.deepEqual([...DependsOn].sort(), needed.sort());
  assert.ok(needed.length > 10);
});

test("no route takes whatever comes, but the one that answers nowhere", () => {
  const wide = deployment.routes.filter(
    ({ key, method }) => key === "$default" || method === "ANY" || /\{[^}]+\+\}/.test(key),
  );
  assert.deepEqual(
    wide.map(({ key }) => key),
    ["$default"],
  );
});

/** Routes of `signin`, `tokens` and `admin` that cost a stranger nothing and us no more than a page or a look at the table. */
const CHEAP = [
  "GET /signin",
  "GET /signout",
  "POST /signout",
  "GET /api/login/approve",
  "GET /api/admin/configuration",
  "GET /api/admin/drafts",
  "POST /api/admin/explain",
  "GET /api/admin/why",
  "GET /api/admin/proposals",
  "GET /api/admin/proposals/{proposal}",
  "GET /api/admin/scheduled",
  "GET /api/admin/versions",
  "GET /api/admin/audit/events",
  "GET /api/admin/audit/export",
  "GET /api/admin/versions/{version}",
  "GET /api/admin/versions/{version}/diff",
  "GET /api/admin/versions/{version}/objects",
  "GET /api/admin/origins",
  "DELETE /api/admin/origins/{origin}",
  "GET /api/admin/connections",
  "POST /api/admin/connections/{connection}/refresh",
  "POST /api/admin/connections/{connection}/approve",
  "POST /api/admin/connections/{connection}/end",
];

test("every route where a stranger makes us work has a bucket of its own, smaller than the standard one", () => {
  const demanding = deployment.routes.filter(
    ({ key, functionName }) => ["signin", "tokens", "admin"].includes(functionName) && !CHEAP.includes(key),
  );
  const tight = settings();
  assert.deepEqual(
    demanding.map(({ key }) => key).filter((key) => !(key in tight)),
    [],
  );
  for (const [key, { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst }] of Object.entries(tight)) {
    assert.ok(rate >= 1 && rate < standard("ThrottleRate"), key);
    assert.ok(burst >= rate && burst < standard("ThrottleBurst"), key);
  }
  // Two hundred people at once are what the load test sends; each asks once to start and answers once.
  for (const key of ["GET /signin/{connection}", "POST /saml/{connection}/acs"])
    assert.ok((tight[key]?.ThrottlingBurstLimit ?? 0) >= 200, key);
});

test("the access log is one line of JSON and says nothing of what requests carry", () => {
  const { Format } = propertiesOf(template, "HttpApiStage").AccessLogSettings as { Format: string };
  const names = [...Format.matchAll(/\$context\.([\w.]+)/g)].map(([, name = ""]) => name);
  assert.deepEqual(names.sort(), [
    "error.responseType",
    "identity.sourceIp",
    "integration.latency",
    "integration.status",
    "protocol",
    "requestId",
    "requestTimeEpoch",
    "responseLatency",
    "responseLength",
    "routeKey",
    "status",
  ]);
  // What is unquoted is a number: a line with a word there would be no JSON, and no filter would count it.
  const line = JSON.parse(
    Format.replace(/\$context\.status/, "429").replace(/\$context\.[\w.]+/g, "-"),
  ) as Record<string, unknown>;
  assert.equal(line.status, 429);
  assert.equal(Object.keys(line).length, names.length);
});

test("every deploy parameter is one of the template, and the other way round", () => {
  const yaml = readFileSync(join(ROOT, "serverless.yml"), "utf8");
  const handed = [...yaml.matchAll(/ParameterKey: (\w+), ParameterValue: "\$\{param:(\w+)\}"/g)];
  assert.deepEqual(handed.map(([, key]) => key).sort(), Object.keys(template.Parameters).sort());
  for (const [, key = "", name = ""] of handed) {
    const standardValue = new RegExp(`^ {4}${name}: (.*)$`, "m").exec(yaml)?.[1]?.replaceAll('"', "");
    assert.ok(standardValue !== undefined, `${name} has no default`);
    if (key !== "DomainName") assert.equal(standardValue, String(template.Parameters[key]?.Default), key);
  }
});
