import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { makeRoute, matchRoute, readDeployment, sortRoutes } from "../../infra/local/routes.ts";
import { gatewayFor, get, raw } from "./gateway.ts";

const YAML = `
provider: { timeout: 10 }
functions:
  pets:
    handler: functions/pets.handler
    events:
      - httpApi: "GET /pets/dog/1"
      - httpApi: "GET /pets/dog/{id}"
      - httpApi: GET /pets/{proxy+}
      - httpApi: { method: any, path: "/{proxy+}" }
      - httpApi: "*"
  clock:
    timeout: 60
    environment: { A: !Sub "x", B: !GetAtt [C, Arn], D: !If [a, {b: 1}, c] }
    events:
      - schedule: rate(5 minutes)
      - schedule: { rate: ["rate(1 hour)", "cron(0 1 * * ? *)"], input: { a: 1 } }
      - schedule: { rate: rate(1 minute), enabled: false }
`;
const { routes, schedules, functions } = readDeployment(YAML);

for (const [method, path, key] of [
  ["GET", "/pets/dog/1", "GET /pets/dog/1"],
  ["GET", "/pets/dog/2", "GET /pets/dog/{id}"],
  ["GET", "/pets/cat/1", "GET /pets/{proxy+}"],
  ["POST", "/pets/dog/1", "ANY /{proxy+}"],
  ["GET", "/", "$default"],
] as const)
  test(`${method} ${path} goes to ${key}`, () => {
    assert.equal(matchRoute(routes, method, path)?.route.key, key);
  });

test("schedules, inputs and timeouts are read; a disabled schedule is not", () => {
  assert.deepEqual(schedules, [
    { functionName: "clock", rateSeconds: 300, input: {} },
    { functionName: "clock", rateSeconds: 3600, input: { a: 1 } },
    { functionName: "clock", rateSeconds: 86_400, input: { a: 1 } },
  ]);
  assert.deepEqual(
    [...functions],
    [
      ["pets", { timeoutSeconds: 10 }],
      ["clock", { timeoutSeconds: 60 }],
    ],
  );
});

for (const [what, yaml] of [
  ["no functions", "service: x"],
  ["a greedy parameter in the middle", 'functions: { a: { events: [{ httpApi: "GET /{x+}/y" }] } }'],
  ["a path without a slash", 'functions: { a: { events: [{ httpApi: "GET x" }] } }'],
  ["an unreadable rate", "functions: { a: { events: [{ schedule: rate(soon) }] } }"],
] as const)
  test(`${what} is refused`, () => assert.throws(() => readDeployment(yaml)));

test("every route of serverless.yml is found by its own path and leads to a file that exists", () => {
  const deployment = readDeployment(readFileSync("serverless.yml", "utf8"));
  assert.ok(deployment.routes.length > 20);
  for (const route of deployment.routes) {
    const path = `/${(route.segments ?? ["x"]).join("/").replace(/\{.*?\}/g, "value")}`;
    assert.equal(matchRoute(deployment.routes, route.method, path)?.route.key, route.key);
    assert.ok(existsSync(`functions/${route.functionName}.ts`), `functions/${route.functionName}.ts`);
  }
});

const segment = fc.constantFrom("a", "b", "{x}");
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`);

test("the order in which routes are written decides nothing", () => {
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 12 }), path, fc.integer(), (paths, asked, seed) => {
      const made = paths.map((each) => makeRoute("f", "GET", each));
      const shuffled = [...made].sort((left, right) => hash(left.key, seed) - hash(right.key, seed));
      const wanted = asked.replaceAll("{x}", "c");
      assert.equal(
        matchRoute(sortRoutes(made), "GET", wanted)?.route.key,
        matchRoute(sortRoutes(shuffled), "GET", wanted)?.route.key,
      );
    }),
  );
});

const hash = (text: string, seed: number): number =>
  [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, seed);

test("any printable query and any token header reach the function as they were sent", async () => {
  const gateway = await gatewayFor(["$default"], () => "ok");
  // Visible ASCII without `#`, which ends a request target.
  const visible = fc.string({
    unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
  });
  const query = visible.filter((text) => !text.includes("#"));
  try {
    await fc.assert(
      fc.asyncProperty(query, visible, async (text, header) => {
        await raw(gateway.url, get(`/p?${text}`, `X-Any: ${header}`));
        const event = gateway.events.pop();
        assert.equal(event?.rawQueryString, text);
        assert.equal(event?.headers["x-any"], header);
      }),
      { numRuns: 60 },
    );
  } finally {
    await gateway.stop();
  }
});
