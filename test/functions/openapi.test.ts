import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { after, before } from "node:test";
import { ROUTES } from "../../functions/admin.ts";
import { readDeployment } from "../../infra/local/routes.ts";
import { REFUSALS } from "../../lib/core/errors.ts";
import { ask, close, open } from "./administered.ts";
import { description, operations } from "./described.ts";

before(open);
after(close);

const yaml = readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8");
const deployed = readDeployment(yaml).routes;

test("every address under /api is described, and no other", () => {
  const ours = deployed.map(({ key }) => key).filter((key) => key.includes(" /api/"));
  assert.deepEqual([...operations.keys()].sort(), ours.sort());
  assert.ok(ours.length > 20);
});

test("the function answers what is deployed as its own, and no more", () => {
  const ours = deployed.filter(({ functionName }) => functionName === "admin").map(({ key }) => key);
  assert.deepEqual(Object.keys(ROUTES).sort(), ours.sort());
});

test("every administrator's route takes a bearer token, and what describes the API takes none", () => {
  for (const [route, { security }] of operations) {
    if (route.includes("/api/admin/")) assert.deepEqual(security, [{ bearer: [] }], route);
  }
  assert.deepEqual(operations.get("GET /api/openapi.json")?.security, []);
});

test("operations have names of their own, and every part of an address is described", () => {
  const names = [...operations.values()].map(({ operationId }) => operationId);
  assert.equal(new Set(names).size, names.length);
  for (const [route, { parameters }] of operations) {
    const inPath = parameters.filter((one) => one.in === "path");
    const named = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    assert.deepEqual(inPath.map(({ name }) => name).sort(), named.sort(), route);
    assert.ok(inPath.every(({ required }) => required));
  }
});

test("every code that is listed exists, under its own status", () => {
  let seen = 0;
  for (const [route, { responses }] of operations)
    for (const [status, { content }] of Object.entries(responses)) {
      if (Number(status) < 400) continue;
      const told = content?.["application/json"].schema as {
        allOf: [object, { properties: { code: { enum: (keyof typeof REFUSALS)[] } } }];
      };
      for (const code of told.allOf[1].properties.code.enum) {
        assert.equal(String(REFUSALS[code]?.[0]), status, `${route}: ${code}`);
        seen += 1;
      }
    }
  assert.ok(seen > 200, `${seen} are too few to be all`);
});

test("every reference in the description leads somewhere", () => {
  const text = JSON.stringify(description);
  const refs = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = ""]) => path);
  assert.ok(refs.length > 20);
  for (const ref of new Set(refs)) {
    let here: unknown = description;
    for (const part of ref.split("/")) here = (here as Record<string, unknown> | undefined)?.[part];
    assert.ok(here, ref);
  }
});

test("the description and the schemas are served to anybody, and nothing else is", async () => {
  const api = await ask("GET /api/openapi.json");
  assert.deepEqual(api.body, JSON.parse(JSON.stringify(description)));
  const rule = await ask("GET /api/schema/{kind}", undefined, undefined, {
    parameters: { kind: "rule.json" },
  });
  assert.equal(rule.body.title, "Rule");
  for (const [kind, status] of [
    ["rules.json", 404],
    ["rule", 400],
    ["../rule.json", 400],
  ] as const) {
    const answer = await ask("GET /api/schema/{kind}", undefined, undefined, { parameters: { kind } });
    assert.equal(answer.status, status, kind);
  }
});
