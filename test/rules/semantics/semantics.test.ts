import assert from "node:assert/strict";
import test from "node:test";
import { parseAllDocuments } from "yaml";
import { accepts } from "./ask.ts";
import { ASKING } from "./asking.ts";
import { CONDITIONS } from "./conditions.ts";
import { DECISIONS } from "./decisions.ts";
import { FINDING } from "./finding.ts";
import { GRANTS } from "./grants.ts";
import { example, sentences } from "./page.ts";
import { PATTERNS } from "./patterns.ts";
import { TRYING } from "./trying.ts";
import { WORDS } from "./words.ts";

const cases = [
  ...DECISIONS,
  ...WORDS,
  ...CONDITIONS,
  ...PATTERNS,
  ...GRANTS,
  ...TRYING,
  ...ASKING,
  ...FINDING,
];

test("every sentence of docs/rules.md is a case, and every case a sentence of it", (t) => {
  const page = sentences();
  const quoted = cases.map(([sentence]) => sentence);
  t.diagnostic(`${page.length} sentences, ${quoted.length} cases`);
  assert.ok(page.length > 100, `${page.length} sentences are too few to be the page`);
  assert.deepEqual(
    page.filter((one) => !quoted.includes(one)),
    [],
    "sentences without a case",
  );
  assert.deepEqual(
    quoted.filter((one) => !page.includes(one)),
    [],
    "cases that quote nothing",
  );
  assert.equal(new Set(quoted).size, quoted.length, "a sentence is quoted twice");
});

test("the example of the page is a rule", () => {
  const [document] = parseAllDocuments(example);
  const written = document && "toJS" in document ? document.toJS() : {};
  const { roles: _, tags, sourceIdentity, ...grant } = written.grant;
  assert.deepEqual(
    [tags, sourceIdentity],
    [{ costCenter: "{claims.costCenter}" }, "{claims.costCenter}.{person}"],
  );
  // The configuration of the tests calls the claim `cost`, and has one role there.
  accepts({
    ...written,
    grant: {
      ...grant,
      roles: ["Admin"],
      tags: { costCenter: "{claims.cost}" },
      sourceIdentity: "{claims.cost}.{person}",
    },
  });
});

for (const [sentence, check] of cases) test(sentence, () => void check());
