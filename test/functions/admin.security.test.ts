import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { handler } from "../../functions/admin.ts";
import { newSecret } from "../../lib/core/secret.ts";
import { ask, close, open, seed, tokenOf } from "./administered.ts";

before(async () => {
  await open();
  await handler({ sekisho: "apply", objects: seed, author: "test" });
});
after(close);

const ROUTES = [
  "GET /api/admin/configuration",
  "POST /api/admin/plan",
  "POST /api/admin/apply",
  "POST /api/admin/explain",
  "GET /api/admin/why",
  "GET /api/admin/versions",
  "GET /api/admin/versions/{version}",
  "GET /api/admin/versions/{version}/diff",
  "GET /api/admin/versions/{version}/objects",
  "POST /api/admin/versions/{version}/plan",
  "POST /api/admin/versions/{version}/rollback",
  "GET /api/admin/connections",
  "GET /api/admin/access",
  "POST /api/admin/connections/{connection}/refresh",
  "POST /api/admin/connections/{connection}/approve",
];

describe("who is let in", () => {
  const strangers: readonly [
    what: string,
    token: () => Promise<string | undefined>,
    status: number,
    code: string,
  ][] = [
    ["nobody", async () => undefined, 401, "token_invalid"],
    ["a made-up token", async () => `sk_${newSecret()}`, 401, "token_invalid"],
    ["a word", async () => "admin", 401, "workload_token_malformed"],
    [
      "a token for credentials",
      () => tokenOf({ claims: { groups: ["sre"] } }, "credentials"),
      403,
      "token_wrong_purpose",
    ],
    ["somebody without the rule", () => tokenOf({ claims: { groups: ["dev"] } }), 403, "admin_required"],
    [
      "the same group of another connection",
      () => tokenOf({ connection: "entra", claims: { groups: ["sre"] } }),
      403,
      "admin_required",
    ],
    [
      "somebody whose groups are not known",
      () => tokenOf({ claims: {}, unknown: ["groups"] }),
      403,
      "admin_required",
    ],
    [
      "the first administrator's subject at another connection",
      () => tokenOf({ connection: "google", subject: "first" }),
      403,
      "admin_required",
    ],
  ];
  for (const route of ROUTES)
    for (const [what, token, status, code] of strangers)
      test(`${route} refuses ${what}`, async () => {
        const answer = await ask(route, await token(), {}, { parameters: { connection: "okta" } });
        assert.equal(answer.status, status);
        assert.equal(answer.body.code, code);
      });

  test("a browser's session is no token", async () => {
    const cookies = [`__Host-session=${newSecret()}`];
    assert.equal((await ask("GET /api/admin/configuration", undefined, undefined, { cookies })).status, 401);
  });

  test("the first administrator is, without any rule", async () => {
    const answer = await ask("GET /api/admin/configuration", await tokenOf({ subject: "first" }));
    assert.equal(answer.status, 200);
  });
});
