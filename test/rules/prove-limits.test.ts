import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { Invariant } from "../../lib/core/promise.ts";
import { compileRule } from "../../lib/rules/compile.ts";
import { findText } from "../../lib/rules/prove/find-text.ts";
import type { Formula } from "../../lib/rules/prove/formula.ts";
import { prove } from "../../lib/rules/prove/prove.ts";
import { solve } from "../../lib/rules/prove/solve.ts";
import { fitting, oneOf, type Texts } from "../../lib/rules/prove/texts.ts";
import { connection, NOON, role, rule, world } from "./things.ts";

/** Sets that count every look at one of them: a machine at a character, or a set at a text. */
function counted(sets: readonly Texts[]) {
  const counts = { looks: 0 };
  const count = ({ has, reader, ...set }: Texts): Texts => ({
    ...set,
    has: (text) => {
      counts.looks++;
      return has(text);
    },
    ...(reader === undefined
      ? {}
      : {
          reader: {
            ends: reader.ends,
            step: (place, code) => {
              counts.looks++;
              return reader.step(place, code);
            },
          },
        }),
  });
  return { counts, sets: sets.map(count) };
}

const regex = (pattern: string): Texts => fitting(pattern) ?? assert.fail(pattern);
/** No text has its n-th letter from the end both an a and a b: machines of very many places show it. */
const hard = () => counted([regex("[ab]*a[ab]{9}"), regex("[ab]*b[ab]{9}"), regex("[ab]*a[ab]{11}")]);
const many = () => {
  const texts = Array.from({ length: 5000 }, (_, at) => `group-${at}`);
  return counted([oneOf(texts), ...texts.map((_, at) => oneOf([`group-${at}`, `group-${at + 1}`]))]);
};

const searches = [
  ["that machines read", hard],
  ["that is one of many", many],
] as const;

for (const [what, make] of searches) {
  const find = (left: number, isLate = () => false) => {
    const { counts, sets } = make();
    const [first, ...rest] = sets;
    const [within, without] = make === many ? [sets.slice(0, 1), rest] : [sets, []];
    assert.ok(first !== undefined);
    const found = findText(within, without, { left, isLate });
    return { found, looks: counts.looks, sets: sets.length };
  };

  test(`looking for a text ${what} takes no more looks than are left, and is then undecided`, () => {
    const whole = find(Number.POSITIVE_INFINITY);
    assert.ok(whole.looks > 20_000, `${whole.looks} looks in all`);
    for (const left of [0, 1, 500, 10_000]) {
      const { found, looks } = find(left);
      assert.equal(found, "undecided");
      assert.ok(looks <= left, `${looks} looks of ${left}`);
    }
  });

  test(`looking for a text ${what} ends with the look at which the time is over`, () => {
    for (const last of [1, 3, 20]) {
      let asked = 0;
      let looksWhenLate: number | undefined;
      const { counts, sets } = make();
      const [within, without] = make === many ? [sets.slice(0, 1), sets.slice(1)] : [sets, []];
      const isLate = () => {
        if (++asked === last) looksWhenLate = counts.looks;
        return asked >= last;
      };
      assert.equal(findText(within, without, { left: Number.POSITIVE_INFINITY, isLate }), "undecided");
      assert.equal(counts.looks, looksWhenLate, "nothing is looked at after the time is over");
    }
  });
}

const WORLD = world([connection("okta")], [role("Admin")]);
const invariant = v.parse(Invariant, {
  kind: "Invariant",
  id: "i",
  never: { accounts: ["ou:/prod/**"], roles: ["Admin"] },
});
/** Very many denies, each of which could be the one that stands against a rule. */
const rules = [
  rule("r", { when: [{ claim: "groups", startsWith: "aws-" }] }),
  ...Array.from({ length: 300 }, (_, at) =>
    rule(`d${at}`, {
      effect: "deny",
      when: [
        { claim: "groups", startsWith: `aws-${at}` },
        { claim: "department", equals: `${at}` },
      ],
      grant: { roles: ["*"], accounts: ["ou:/prod/**"] },
    }),
  ),
].map(compileRule);

test("an invariant takes no more looks than it is given, and the same answer comes of enough of them", () => {
  const given = { rules, world: WORLD, now: NOON };
  assert.ok(typeof prove(invariant, given) === "object");
  for (const looks of [0, 1, 100, 1000])
    assert.equal(prove(invariant, { ...given, looks }), "undecided", `${looks} looks`);
});

test("where very much may be chosen among, nothing more is when the time is over or the looks are", () => {
  let considered = 0;
  /** One of very many choices, which counts how often it is told from others. */
  const literal = (at: number): Formula => {
    const { key, ...texts } = oneOf([`group-${at}`, `group-${at + 1}`]);
    const told = Object.defineProperty(texts as Texts, "key", {
      get: () => {
        considered++;
        return key;
      },
    });
    return { literal: { claim: "groups", is: "some", texts: told } };
  };
  const formulas = Array.from({ length: 200 }, (_, at): Formula => ({ any: [literal(at), literal(-at)] }));
  const search = (left: number, isLate: () => boolean) => ({
    world: WORLD,
    now: NOON,
    confirm: () => undefined,
    steps: { left: 1000 },
    effort: { left, isLate },
  });
  for (const last of [1, 10, 200]) {
    considered = 0;
    let asked = 0;
    let whenLate: number | undefined;
    const isLate = () => {
      if (++asked === last) whenLate = considered;
      return asked >= last;
    };
    assert.equal(solve(formulas, search(Number.POSITIVE_INFINITY, isLate)), "undecided");
    assert.equal(considered, whenLate);
  }
  considered = 0;
  assert.equal(
    solve(
      formulas,
      search(1000, () => false),
    ),
    "undecided",
  );
  assert.ok(considered <= 1000, `${considered} were considered`);
});
