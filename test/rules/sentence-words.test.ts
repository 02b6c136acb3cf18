import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { Condition } from "../../lib/core/rule.ts";
import { conditionSentence } from "../../lib/rules/sentence.ts";

/** What is asked of a claim, and what is said of one called in the plural, in the singular, and of what has one value. */
const asked: readonly (readonly [asked: object, plural: string, singular: string, single: string])[] = [
  [{ equals: "x" }, "whose groups include x", "who have the email x", "whose subject is x"],
  [{ in: ["x", "y"] }, "whose groups include x or y", "who have the email x or y", "whose subject is x or y"],
  [
    { startsWith: "x" },
    "whose groups include something beginning with x",
    "who have an email beginning with x",
    "whose subject begins with x",
  ],
  [
    { endsWith: "@example.com" },
    "whose groups include something ending in @example.com",
    "who have an email ending in @example.com",
    "whose subject ends in @example.com",
  ],
  [
    { glob: "x*" },
    "whose groups include something like x*",
    "who have an email like x*",
    "whose subject is like x*",
  ],
  [
    { template: "x_{n:digits}" },
    "whose groups include something of the form x_{n:digits}",
    "who have an email of the form x_{n:digits}",
    "whose subject has the form x_{n:digits}",
  ],
  [
    { regex: "x|y" },
    "whose groups include something matching x|y",
    "who have an email matching x|y",
    "whose subject matches x|y",
  ],
  [
    { number: { atLeast: 3 } },
    "whose groups include something that is at least 3",
    "who have an email that is at least 3",
    "whose subject is at least 3",
  ],
  [
    { number: { above: 3, below: 5 } },
    "whose groups include something that is above 3 and below 5",
    "who have an email that is above 3 and below 5",
    "whose subject is above 3 and below 5",
  ],
  [{ exists: true }, "who have some groups", "who have an email", "who have a subject"],
];
const notAsked: typeof asked = [
  [{ equals: "x" }, "whose groups do not include x", "who do not have the email x", "whose subject is not x"],
  [
    { in: ["x", "y"] },
    "whose groups do not include x or y",
    "who do not have the email x or y",
    "whose subject is not x or y",
  ],
  [
    { startsWith: "x" },
    "whose groups include nothing beginning with x",
    "who have no email beginning with x",
    "whose subject does not begin with x",
  ],
  [
    { endsWith: "x" },
    "whose groups include nothing ending in x",
    "who have no email ending in x",
    "whose subject does not end in x",
  ],
  [
    { glob: "x*" },
    "whose groups include nothing like x*",
    "who have no email like x*",
    "whose subject is not like x*",
  ],
  [
    { template: "x_{n:digits}" },
    "whose groups include nothing of the form x_{n:digits}",
    "who have no email of the form x_{n:digits}",
    "whose subject does not have the form x_{n:digits}",
  ],
  [
    { regex: "x|y" },
    "whose groups include nothing matching x|y",
    "who have no email matching x|y",
    "whose subject does not match x|y",
  ],
  [
    { number: { atLeast: 3 } },
    "whose groups include nothing that is at least 3",
    "who have no email that is at least 3",
    "whose subject is not at least 3",
  ],
  [
    { number: { above: 3, below: 5 } },
    "whose groups include nothing that is above 3 and below 5",
    "who have no email that is above 3 and below 5",
    "whose subject is not both above 3 and below 5",
  ],
  [{ exists: true }, "who have no groups", "who have no email", "who have no subject"],
];
for (const [rows, wrap] of [
  [asked, (one: object) => one],
  [notAsked, (one: object) => ({ not: one })],
] as const)
  for (const [what, ...said] of rows)
    test(`what is asked is said of many and of one: ${said[1]}`, () => {
      const ways = ["groups", "email", "subject"].map((claim) =>
        conditionSentence(v.parse(Condition, wrap({ claim, ...what })), "en"),
      );
      assert.deepEqual(ways, said);
    });

test("every word of a condition on a claim is in both tables", () => {
  const { getter } = Condition as unknown as { getter: () => { options: { entries: object }[] } };
  const words = getter().options.flatMap(({ entries }) =>
    "claim" in entries ? Object.keys(entries).filter((key) => key !== "claim") : [],
  );
  assert.ok(words.length > 8);
  for (const rows of [asked, notAsked])
    assert.deepEqual([...new Set(rows.flatMap(([what]) => Object.keys(what)))].sort(), words.sort());
});

const claims: readonly (readonly [claim: string, said: string])[] = [
  ["status", "who have a status"],
  ["address", "who have an address"],
  ["employeeType", "who have an employeeType"],
  ["user", "who have a user"],
  ["upn", "who have a upn"],
  ["uplink", "who have an uplink"],
  ["basis", "who have a basis"],
  ["Roles", "who have some Roles"],
  ["cost center", 'who have a "cost center"'],
];
for (const [claim, said] of claims)
  test(`a claim is called by its number: ${said}`, () => {
    assert.equal(conditionSentence({ claim, exists: true }, "en"), said);
  });

const times: readonly (readonly [window: object, said: string, not: string])[] = [
  [{ from: "09:00", until: "18:00" }, "between 09:00 and 18:00 UTC", "at any time but 09:00 to 18:00 UTC"],
  [
    { from: "09:00", until: "18:00", days: ["mon", "tue", "wed"] },
    "between 09:00 and 18:00 UTC on Mondays, Tuesdays and Wednesdays",
    "at any time but 09:00 to 18:00 UTC on Mondays, Tuesdays and Wednesdays",
  ],
  [
    { from: "00:00", until: "00:00", days: ["sat", "sun"] },
    "at any time on Saturdays and Sundays, UTC",
    "at any time but on Saturdays and Sundays, UTC",
  ],
  [{ from: "00:00", until: "00:00" }, "at any time", "at no time"],
];
for (const [window, said, not] of times)
  test(`a time is said so: ${said}`, () => {
    const condition = v.parse(Condition, { timeWindow: { zone: "UTC", ...window } });
    assert.equal(conditionSentence(condition, "en"), said);
    assert.equal(conditionSentence({ not: condition }, "en"), not);
  });
