import assert from "node:assert/strict";
import test from "node:test";
import { familyOf } from "../../functions/pages/refusal.ts";
import { REFUSALS } from "../../lib/core/errors.ts";
import { words } from "../../lib/core/messages/words.ts";

/** Every sentence by its path. */
function sentences(tree: object, path = ""): [path: string, sentence: string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "string"
      ? [[`${path}${name}`, value] as [string, string]]
      : sentences(value, `${path}${name}.`),
  );
}
const english = new Map(sentences(words("en")));
const japanese = new Map(sentences(words("ja")));
const marks = (sentence = ""): string[] =>
  [...sentence.matchAll(/\{[a-z]+\}/gi)].map(([mark]) => mark).sort();

test("the two languages say the same things", () => {
  assert.ok(english.size > 100);
  assert.deepEqual([...english.keys()].sort(), [...japanese.keys()].sort());
});

test("a sentence takes the same values in both languages", () => {
  for (const [path, sentence] of english) assert.deepEqual(marks(japanese.get(path)), marks(sentence), path);
});

test("no sentence is empty, shouts, apologises or boasts", () => {
  for (const [path, sentence] of [...english, ...japanese]) {
    assert.notEqual(sentence.trim(), "", path);
    assert.doesNotMatch(sentence, /[!！]|\boops\b|\bsorry\b|successfully|ごめん|正常に/i, path);
  }
});

test("Japanese is in Japanese but for names and abbreviations", () => {
  for (const [path, sentence] of japanese)
    if (!/^[{}a-zA-Z:、（） ]*$/.test(sentence)) assert.match(sentence, /[\u3040-\u30ff\u4e00-\u9fff]/, path);
});

test("no Japanese sentence puts a space between Japanese and punctuation", () => {
  for (const [path, sentence] of japanese) assert.doesNotMatch(sentence, /[。、]\s(?!\{)|\s[。、]/, path);
});

test("every refusal has a why of its own kind, and what it says is one or two sentences in both languages", () => {
  const why = words("en").why;
  for (const [code, [status, en, ja]] of Object.entries(REFUSALS)) {
    assert.ok(familyOf(code) in why, code);
    assert.ok(status >= 400 && status < 600, code);
    assert.match(en, /[.?]$/, `${code}: English ends with a full stop`);
    assert.match(ja, /[。]$/, `${code}: Japanese ends with a full stop`);
    assert.match(ja, /[\u3040-\u30ff\u4e00-\u9fff]/, code);
  }
});

const KINDS: readonly [code: string, family: string][] = [
  ["saml_audience_mismatch", "verification"],
  ["signin_expired", "signin"],
  ["session_expired", "session"],
  ["session_tags_invalid", "setup"],
  ["role_not_granted", "rules"],
  ["role_denied", "denied"],
  ["scope_invalid", "setup"],
  ["policy_too_large", "narrowing"],
  ["aws_trust_refused", "aws"],
  ["aws_throttled", "awsBusy"],
  ["provider_unreachable", "provider"],
  ["forgery_suspected", "forgery"],
  ["token_invalid", "token"],
  ["admin_required", "admin"],
  ["rules_unavailable", "fault"],
  ["not_found", "request"],
];
for (const [code, family] of KINDS)
  test(`${code} is explained as a matter of ${family}`, () => {
    assert.ok(code in REFUSALS);
    assert.equal(familyOf(code), family);
  });
