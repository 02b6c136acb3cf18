import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { handler as admin } from "../../functions/admin.ts";
import { readConfig } from "../../lib/core/config.ts";
import { Refusal } from "../../lib/core/errors.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { systemClock } from "../../lib/core/time.ts";
import type { Bearer } from "../../lib/flows/bearer.ts";
import type { Deciding } from "../../lib/flows/broker.ts";
import { showRole } from "../../lib/flows/granted-role.ts";
import { whyOneself } from "../../lib/flows/why.ts";
import { nearestOf } from "../../lib/rules/trace-text.ts";
import { readPepper } from "../../lib/store/people.ts";
import { openRules } from "../../lib/store/rules.ts";
import { person } from "../rules/things.ts";
import { close, open, seed, table } from "./administered.ts";

const SANDBOX = "333333333333";
const rule = (id: string, more: object) => ({
  kind: "Rule",
  id,
  connection: "okta",
  effect: "allow",
  ...more,
});
const CAPTURED = rule("by-name", {
  when: [{ claim: "groups", template: "sandbox_{role:name}" }],
  grant: { roles: ["{role}"], accounts: [SANDBOX] },
});
const STRONG = rule("strong-readers", {
  when: [{ any: [{ mfa: true }, { claim: "groups", equals: "auditors-of-everything" }] }],
  grant: { roles: ["Analyst"], accounts: ["222222222222"] },
});

before(open);
after(close);

async function publish(explain: string): Promise<void> {
  const objects = [...seed, CAPTURED, STRONG].map((one) =>
    one.kind === "Settings" ? { ...one, explain } : one,
  );
  const answer = (await admin({ sekisho: "apply", objects, author: "test" })) as { outcome: string };
  assert.ok(["published", "unchanged"].includes(answer.outcome), JSON.stringify(answer));
}

const brokerNow = (): Deciding => ({
  clock: systemClock,
  config: readConfig(process.env),
  table: table(),
  rules: openRules(table(), systemClock, 0),
  pepper: () => readPepper(table()),
});

/** The refusal of a role to somebody who has not got it. */
async function refused(
  identity: Identity,
  accountId: string,
  role: string,
  broker = brokerNow(),
): Promise<Refusal> {
  const bearer = { identity, personId: "P", since: 0, endsAt: 0, actor: identity.kind } as unknown as Bearer;
  try {
    await showRole(broker, bearer, { accountId, role, sourceIp: "127.0.0.1" });
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
    throw thrown;
  }
  throw new Error("it was not refused");
}
const DEV = person({ claims: { groups: ["dev"] }, mfa: "no" });

describe("a refused role", () => {
  before(() => publish("terms"));

  test("names the rule that asking why calls the nearest miss, under whatever it is filed", async () => {
    for (const [account, role] of [
      ["111111111111", "Admin"],
      [SANDBOX, "Deploy"],
      ["222222222222", "Analyst"],
    ] as const) {
      const { trace } = await whyOneself(brokerNow(), DEV, { account, role }, "127.0.0.1");
      const nearest = nearestOf(trace);
      assert.ok(nearest, `${account}/${role}`);
      assert.equal((await refused(DEV, account, role)).about.rule, nearest.rule);
    }
  });

  test("names the one value that would lead to it where a rule takes it from a template", async () => {
    const { code, about } = await refused(DEV, SANDBOX, "Deploy");
    assert.equal(code, "role_not_granted");
    assert.equal(about.rule, "by-name");
    assert.deepEqual(about.wants, ["groups equals sandbox_Deploy"]);
  });

  test("asks for a second factor where nothing else is missing, also as one of several ways", async () => {
    assert.equal((await refused(DEV, "222222222222", "Analyst")).code, "mfa_required");
  });

  test("tells nothing of an account that is not there", async () => {
    assert.deepEqual((await refused(DEV, "999999999999", "Admin")).about, {
      accountId: "999999999999",
      role: "Admin",
    });
  });

  test("is refused all the same where why cannot be read", async () => {
    const broker = brokerNow();
    const { rules } = broker;
    let reads = 0;
    const failing: Deciding = {
      ...broker,
      rules: {
        ...rules,
        head: () => rules.head(),
        world: (head) => rules.world(head),
        rules: (keys, head) => {
          reads++;
          if (reads > 1) throw new Refusal("rules_unavailable");
          return rules.rules(keys, head);
        },
      },
    };
    const { code, about } = await refused(DEV, "111111111111", "Admin", failing);
    assert.deepEqual([code, about], ["role_not_granted", { accountId: "111111111111", role: "Admin" }]);
    assert.equal(reads, 2);
  });

  test("tells a program of no rule that its own claims do not lead to", async () => {
    const program: Identity = { ...DEV, connection: "ci", kind: "workload", claims: { repository: ["a/b"] } };
    assert.equal((await refused(program, "222222222222", "Deploy")).about.rule, undefined);
  });
});

for (const [explain, rule] of [
  ["named", "by-name"],
  ["off", undefined],
] as const)
  test(`a refusal tells as much as settings let people be told: ${explain}`, async () => {
    await publish(explain);
    const { about } = await refused(DEV, SANDBOX, "Deploy");
    assert.deepEqual([about.rule, about.wants], [rule, undefined]);
  });
