import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { KINDS, type Kind } from "../../lib/core/objects.ts";
import { parseObjects } from "../../lib/rules/parse.ts";
import { sharing } from "../../lib/rules/sharing.ts";
import { diceOf, randomConfiguration } from "../flows/random-configuration.ts";
import { SRE } from "./configuration.ts";

/** In the order of the schema. */
const RULE = {
  ...SRE,
  when: [{ claim: "groups", equals: "sre" }],
  grant: { roles: ["Admin"], accounts: ["111111111111"] },
};
const parsedOf = (raw: object) => parseObjects([raw]).configuration.rules[0];

test("what was parsed is made of what was sent where that is the same", () => {
  const parsed = parsedOf(RULE);
  assert.equal(parsed?.when, RULE.when);
  assert.equal(parsed?.grant, RULE.grant);
});

test("fields in another order stay in the order of the schema, and what they hold is shared", () => {
  const grant = { accounts: ["111111111111"], roles: ["Admin"] };
  const when = [{ equals: "sre", claim: "groups" }];
  const parsed = parsedOf({ ...RULE, when, grant });
  assert.equal(JSON.stringify(parsed?.when), JSON.stringify(RULE.when));
  assert.equal(JSON.stringify(parsed?.grant), JSON.stringify(RULE.grant));
  assert.equal(parsed?.grant.accounts, grant.accounts);
});

test("what differs anywhere is not taken from what was sent", () => {
  const parsed = { list: [{ a: 1 }], deep: { list: [1, 2], more: [1] } };
  const sent = { list: [{ a: 1, b: 2 }], deep: { list: [1, 2, 3], more: { 0: 1 } } };
  assert.deepEqual(sharing(structuredClone(parsed), sent), parsed);
});

test("objects sent by chance are parsed to the very text that their schemas give", () => {
  let same = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const objects = randomConfiguration(diceOf(seed));
    const { positions, problems } = parseObjects(objects);
    assert.deepEqual(problems, []);
    for (const [parsed, at] of positions) {
      const raw = objects[at] as { readonly kind: Kind };
      const plain = v.parse(KINDS[raw.kind] as v.GenericSchema<unknown, object>, raw);
      assert.equal(JSON.stringify(parsed), JSON.stringify(plain));
      same++;
    }
  }
  assert.ok(same > 500, `only ${same}`);
});
