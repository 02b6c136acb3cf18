import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import test, { after, before } from "node:test";
import { ROUTES } from "../../functions/admin.ts";
import { readDeployment } from "../../infra/local/routes.ts";
import { REFUSALS, type RefusalCode } from "../../lib/core/errors.ts";
import { ROOT } from "../source.ts";
import { ask, close, open } from "./administered.ts";
import { description, type Operation, operations } from "./described.ts";
import { codesIn, routesIn } from "./thrown.ts";

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

/** Every code of these answers. */
const codesOf = (responses: Operation["responses"]): RefusalCode[] =>
  Object.entries(responses).flatMap(([status, { content }]) => {
    if (Number(status) < 400) return [];
    const told = content?.["application/json"].schema as {
      allOf: [object, { properties: { code: { enum: RefusalCode[] } } }];
    };
    return told.allOf[1].properties.code.enum;
  });

test("every code that is listed exists, under its own status", () => {
  let seen = 0;
  for (const [route, { responses }] of operations)
    for (const [status, response] of Object.entries(responses))
      for (const code of codesOf({ [status]: response })) {
        assert.equal(String(REFUSALS[code]?.[0]), status, `${route}: ${code}`);
        seen += 1;
      }
  assert.ok(seen > 200, `${seen} are too few to be all`);
});

/** Said of every route, whether anything of it can be too large or not. */
const ALWAYS = [
  "request_invalid",
  "request_too_large",
  "broker_unavailable",
  "broker_updating",
  "broker_fault",
];
/** What a route names and never answers. */
const NEVER: Readonly<Record<string, readonly string[]>> = {
  // What holds keys is opened beside the rest, and not asked.
  "GET /api/roles": ["keys_missing"],
  "GET /api/why": ["keys_missing"],
  "GET /api/openapi.json": ["rules_unavailable", "provider_unreachable"],
  // Whoever is not signed in is led to where they can.
  "GET /api/login/authorize": ["session_required", "session_expired"],
  // Of what was scheduled and is due, which no route publishes; and of proposals alone.
  "POST /api/admin/apply": ["approval_needed", "proposal_unknown"],
  "POST /api/admin/versions/{version}/rollback": ["approval_needed", "proposal_unknown"],
  "POST /api/admin/proposals/{proposal}/approve": ["approval_needed"],
};

test("a route tells every refusal that its code can end in, and no other", () => {
  const files = [
    "functions/credentials.ts",
    "functions/tokens.ts",
    ...globSync("functions/admin/*.ts", { cwd: ROOT }),
  ];
  const routes = routesIn(files.filter((path) => path !== "functions/admin/openapi.ts"));
  for (const [route, { responses }] of operations) {
    const { path, entry } = routes.get(route) ?? assert.fail(`${route} is answered by no code`);
    const never = NEVER[route] ?? [];
    const named = [...codesIn(path, entry)];
    const thrown = named.filter((code) => !never.includes(code));
    const told = codesOf(responses);
    assert.deepEqual(
      told.filter((code) => !ALWAYS.includes(code)).sort(),
      thrown.filter((code) => !ALWAYS.includes(code)).sort(),
      route,
    );
    assert.deepEqual(
      never.filter((code) => !named.some((one) => one === code)),
      [],
      `${route} names no such refusal`,
    );
  }
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
