import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { handler, ROUTES } from "../../functions/admin.ts";
import { ask, close, open, seed, sre, tokenOf } from "./administered.ts";

const EVERYONE = "everybody";
const right = (id: string, group: string, grant: object) => ({
  kind: "Rule",
  id,
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: group }],
  grant,
});
const gives = (id: string, accounts: readonly string[], more: object = {}) => ({
  ...right(id, EVERYONE, { roles: ["ReadOnly"], accounts }),
  ...more,
});
type Objects = readonly Record<string, unknown>[];
const PUBLISHED: Objects = [
  ...seed,
  right("editors", "editors", { broker: ["editor"] }),
  right("auditors", "auditors", { broker: ["auditor"] }),
  right("sandbox-editors", "sandbox-editors", { broker: ["editor"], accounts: ["ou:/sandbox/**"] }),
  right("entra-editors", "entra-editors", { broker: ["editor"], connections: ["entra"] }),
  right("tag-editors", "tag-editors", { broker: ["editor"], accounts: ["tag:env=sandbox"] }),
  gives("in-sandbox", ["ou:/sandbox/**"]),
  gives("in-prod", ["ou:/prod/**"]),
];
const without = (...ids: string[]) => PUBLISHED.filter(({ id }) => !ids.includes(String(id)));
const replaced = (id: string, change: object): Objects =>
  PUBLISHED.map((one) => (one.id === id || one.name === id ? { ...one, ...change } : one));
const withGrant = (id: string, grant: object): Objects =>
  PUBLISHED.map((one) => (one.id === id ? { ...one, grant: { ...(one.grant as object), ...grant } } : one));

const member = (group: string) => tokenOf({ claims: { groups: [group] }, subject: group });
const publish = () => handler({ sekisho: "apply", objects: PUBLISHED, author: "test" });
const version = async () => (await ask("GET /api/admin/configuration", await sre())).body.version;

before(async () => {
  await open();
  const done = (await publish()) as { outcome: string; problems: unknown };
  assert.equal(done.outcome, "published", JSON.stringify(done.problems));
});
after(close);

/** What was sent, and who must not get through with it. */
const attacks: readonly [what: string, who: string, objects: Objects][] = [
  [
    "makes himself an administrator",
    "editors",
    [...PUBLISHED, right("me", "editors", { broker: ["admin"] })],
  ],
  [
    "adds himself the right to audit",
    "editors",
    [...PUBLISHED, right("me", "editors", { broker: ["auditor"] })],
  ],
  ["lets his group into the administrators' rule", "editors", replaced("sre-administers", { when: [] })],
  ["takes the administrators' rule away", "editors", without("sre-administers")],
  [
    "denies the administrators their right",
    "editors",
    [...PUBLISHED, { ...right("no-admins", "sre", { broker: ["admin"] }), effect: "deny" }],
  ],
  [
    "turns a rule of his into one about the broker",
    "editors",
    withGrant("in-sandbox", { broker: ["editor"] }),
  ],
  [
    "turns the rule that made him editor into one of roles",
    "editors",
    replaced("editors", {
      grant: { roles: ["Admin"], accounts: ["ou:/**"] },
    }),
  ],
  ["widens his own bounds", "sandbox-editors", withGrant("sandbox-editors", { accounts: ["ou:/**"] })],
  ["drops his own bounds", "sandbox-editors", replaced("sandbox-editors", { grant: { broker: ["editor"] } })],
  ["changes a connection", "editors", replaced("okta", { title: "Okta!" })],
  ["points a connection at a provider of his own", "editors", replaced("entra", { tenants: ["another"] })],
  ["maps another attribute to a claim", "editors", replaced("okta", { claims: { groups: "title" } })],
  ["switches a connection off", "editors", replaced("google", { enabled: false })],
  ["moves an account into his unit", "sandbox-editors", replaced("111111111111", { path: "/sandbox" })],
  ["tags an account as his", "tag-editors", replaced("111111111111", { tags: { env: "sandbox" } })],
  ["puts a role into another account", "editors", replaced("Deploy", { accounts: ["ou:/**"] })],
  [
    "changes settings",
    "editors",
    replaced("", {}).map((one) => (one.kind === "Settings" ? { ...one, organization: "Mine" } : one)),
  ],
  ["gives a role outside his unit", "sandbox-editors", [...PUBLISHED, gives("new", ["222222222222"])]],
  [
    "gives a role in his unit and outside",
    "sandbox-editors",
    [...PUBLISHED, gives("new", ["ou:/sandbox", "ou:/prod"])],
  ],
  ["gives a role in the unit above his", "sandbox-editors", [...PUBLISHED, gives("new", ["ou:/**"])]],
  [
    "gives a role where a tag says, which others set",
    "sandbox-editors",
    [...PUBLISHED, gives("new", ["tag:env=sandbox"])],
  ],
  [
    "gives a role in a unit, where his bound is a tag",
    "tag-editors",
    [...PUBLISHED, gives("new", ["ou:/sandbox/**"])],
  ],
  ["points a rule of his outside", "sandbox-editors", withGrant("in-sandbox", { accounts: ["ou:/prod/**"] })],
  [
    "pulls a rule from outside into his unit",
    "sandbox-editors",
    withGrant("in-prod", { accounts: ["ou:/sandbox/**"] }),
  ],
  ["takes a rule outside away", "sandbox-editors", without("in-prod")],
  ["changes a scope that others use", "sandbox-editors", replaced("s3-read", { maxSeconds: 900 })],
  [
    "takes roles from a claim, where they may lie anywhere",
    "sandbox-editors",
    [
      ...PUBLISHED,
      gives("new", ["{account}"], { when: [{ claim: "groups", template: "aws_{account:digits}" }] }),
    ],
  ],
  ["changes a rule of another connection", "entra-editors", [...PUBLISHED, gives("new", ["ou:/sandbox"])]],
  [
    "changes a rule of his connection and another",
    "entra-editors",
    [...PUBLISHED, gives("new", ["ou:/sandbox"], { connection: ["entra", "okta"] })],
  ],
  [
    "denies everybody of every connection",
    "entra-editors",
    [...PUBLISHED, gives("new", ["ou:/prod/**"], { connection: "*", effect: "deny" })],
  ],
  [
    "lets a change that is his carry one that is not",
    "sandbox-editors",
    [...without("in-prod"), gives("new", ["ou:/sandbox"])],
  ],
  ["sends nothing at all", "editors", []],
];

describe("an editor", () => {
  for (const [what, who, objects] of attacks)
    test(`of ${who} who ${what} is refused, and the plan says so`, async () => {
      const before = await version();
      const token = await member(who);
      const planned = await ask("POST /api/admin/plan", token, { objects });
      assert.equal(planned.status, 200);
      const errors = (planned.body.problems as { severity: string }[]).filter(
        (one) => one.severity === "error",
      );
      assert.ok(errors.length > 0);
      const answer = await ask("POST /api/admin/apply", token, { objects });
      assert.deepEqual(
        [answer.status, answer.body.code],
        [403, "right_exceeded"],
        JSON.stringify(answer.body.problems),
      );
      assert.equal(await version(), before);
    });

  const allowed: readonly [what: string, who: string, objects: Objects][] = [
    ["adds a rule", "editors", [...PUBLISHED, gives("new", ["ou:/**"])]],
    ["changes a scope", "editors", replaced("s3-read", { maxSeconds: 900 })],
    [
      "adds a rule in his unit",
      "sandbox-editors",
      [...PUBLISHED, gives("new", ["ou:/sandbox", "ou:/sandbox/**"])],
    ],
    [
      "adds a rule for an account of his unit",
      "sandbox-editors",
      [...PUBLISHED, gives("new", ["333333333333"])],
    ],
    ["takes a rule of his unit away", "sandbox-editors", without("in-sandbox")],
    ["gives roles by his tag", "tag-editors", [...PUBLISHED, gives("new", ["tag:env=sandbox"])]],
    ["changes a rule of his connection", "entra-editors", replaced("analysts", { description: "Analysts" })],
  ];
  for (const [what, who, objects] of allowed)
    test(`of ${who} who ${what} may`, async () => {
      const answer = await ask("POST /api/admin/apply", await member(who), { objects });
      assert.deepEqual(
        [answer.status, answer.body.outcome],
        [200, "published"],
        JSON.stringify(answer.body.problems),
      );
      await publish();
    });

  test("goes back only to what he might have published", async () => {
    const done = (await handler({
      sekisho: "apply",
      objects: replaced("okta", { title: "Other" }),
      author: "x",
    })) as {
      published: number;
    };
    await publish();
    const parameters = { version: String(done.published) };
    const answer = await ask(
      "POST /api/admin/versions/{version}/rollback",
      await member("editors"),
      {},
      { parameters },
    );
    assert.deepEqual([answer.status, answer.body.code], [403, "right_exceeded"]);
  });
});

/** Which rights are enough for what a route does. */
const ENOUGH = {
  reads: ["editors", "auditors", "sandbox-editors"],
  edits: ["editors", "sandbox-editors"],
  audits: ["auditors"],
  administers: [],
} as const;

describe("a right", () => {
  for (const [route, { says }] of Object.entries(ROUTES)) {
    if (says.open || says.doing === undefined) continue;
    const enough: readonly string[] = ENOUGH[says.doing];
    for (const who of ["editors", "auditors", "sandbox-editors"])
      test(`of ${who} is ${enough.includes(who) ? "" : "not "}enough for ${route}`, async () => {
        const parameters = { version: "1", connection: "okta" };
        const { status, body } = await ask(route, await member(who), { objects: PUBLISHED }, { parameters });
        assert.equal(
          status === 403 && body.code === "admin_required",
          !enough.includes(who),
          JSON.stringify(body),
        );
      });
  }

  test("to read is enough to plan: nothing speaks against what others will publish", async () => {
    const objects = replaced("okta", { title: "Okta!" });
    const { body } = await ask("POST /api/admin/plan", await member("auditors"), { objects });
    assert.equal((body.changes as unknown[]).length, 1);
    const errors = (body.problems as { severity: string }[]).filter(({ severity }) => severity === "error");
    assert.deepEqual(errors, []);
  });

  test("that a deny takes away is none", async () => {
    const deny = { ...right("no-editors", "editors", { broker: ["editor"] }), effect: "deny" };
    await handler({ sekisho: "apply", objects: [...PUBLISHED, deny], author: "x" });
    const answer = await ask("GET /api/admin/configuration", await member("editors"));
    assert.equal(answer.body.code, "admin_required");
    await publish();
  });
});

describe("bounds", () => {
  const wrong: readonly [what: string, grant: object][] = [
    ["of an administrator", { broker: ["admin"], connections: ["okta"] }],
    ["of an administrator who edits as well", { broker: ["admin", "editor"], accounts: ["ou:/prod"] }],
    ["of an auditor", { broker: ["auditor"], connections: ["okta"] }],
    ["beside roles", { broker: ["editor"], roles: ["Admin"], accounts: ["ou:/prod/**"] }],
    ["of nobody", { roles: ["Admin"], accounts: ["ou:/prod/**"], connections: ["okta"] }],
    ["that name no connection there is", { broker: ["editor"], connections: ["octa"] }],
  ];
  for (const [what, grant] of wrong)
    test(`${what} are refused`, async () => {
      const objects = [...PUBLISHED, right("bad", "x", grant)];
      const answer = await ask("POST /api/admin/apply", await sre(), { objects });
      assert.deepEqual([answer.status, answer.body.code], [422, "configuration_invalid"]);
    });
});
