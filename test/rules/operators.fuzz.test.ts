import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { covers, parseAddress, parseRange } from "../../lib/rules/address.ts";
import { globEnd, globStart, matchGlob } from "../../lib/rules/glob.ts";
import { byBytes, inOrder, placeOf } from "../../lib/rules/order.ts";
import { prepareRegex, regexStart } from "../../lib/rules/regex.ts";
import { captureFrom, readTemplate } from "../../lib/rules/template.ts";
import { regex } from "./arbitrary.ts";

test("a glob means what the same regular expression means, and begins and ends as it says", () => {
  const literal = (one: string) => one.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const value = fc
    .array(fc.constantFrom("a", "b", "/", ":", "x"), { maxLength: 8 })
    .map((one) => one.join(""));
  const pattern = fc
    .array(fc.constantFrom("a", "b", "*", "?", "/", ".", "*a"), { maxLength: 6 })
    .map((one) => one.join(""));
  fc.assert(
    fc.property(pattern, value, (wanted, found) => {
      const source = literal(wanted).replaceAll("*", "[^/:]*").replaceAll("?", "[^/:]");
      const matches = matchGlob(wanted, found);
      assert.equal(matches, new RegExp(`^${source}$`).test(found));
      if (matches) assert.ok(found.startsWith(globStart(wanted)) && found.endsWith(globEnd(wanted)));
    }),
    { numRuns: 20_000 },
  );
});

test("a prepared regular expression means what the platform's own means, anchored at both ends", () => {
  const value = fc.string({ unit: fc.constantFrom("a", "b", "c", "_", "/"), maxLength: 10 });
  fc.assert(
    fc.property(regex, fc.array(value, { minLength: 1, maxLength: 5 }), (pattern, found) => {
      const prepared = prepareRegex(pattern);
      const start = regexStart(pattern);
      for (const one of found) {
        const fits = new RegExp(`^(?:${pattern})$`, "s").test(one);
        assert.equal(prepared?.(one), fits);
        if (fits && start?.whole) assert.equal(one, start.text);
        if (fits) assert.ok(one.startsWith(start?.text ?? "?"));
      }
    }),
    { numRuns: 10_000 },
  );
});

test("a template means what a regular expression with groups means, and no text makes its reader throw", () => {
  const part = fc.constantFrom("a", "_", "-", ".", "{x:digits}", "{y:word}", "{z:slug}", "{w:name}", "#");
  const written = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => `a${parts.join("")}`);
  const value = fc.string({ unit: fc.constantFrom(..."a1_-.#"), maxLength: 10 }).map((one) => `a${one}`);
  const classes = { digits: "\\d", word: "[A-Za-z0-9]", slug: "[A-Za-z0-9-]", name: "[\\w+=,.@-]" };
  let matched = 0;
  fc.assert(
    fc.property(written, fc.array(value, { minLength: 3, maxLength: 6 }), (text, found) => {
      const template = readTemplate(text);
      if ("message" in template) return;
      const source = text
        .replace(/[.#-]/g, (one) => `\\${one}`.replace("\\#", "#").replace("\\-", "-"))
        .replace(/\{(\w):(\w+)\}/g, (_, name, holds) => `(?<${name}>${classes[holds as "word"]}+)`);
      for (const one of found) {
        const groups = new RegExp(`^${source}$`).exec(one)?.groups;
        const captured = captureFrom(template, one);
        assert.deepEqual(captured, groups && { ...groups });
        if (captured !== undefined) matched++;
      }
    }),
    { numRuns: 10_000 },
  );
  assert.ok(matched > 200, `only ${matched} values fitted`);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."a{}:x,1_"), maxLength: 20 }),
      (noise) => void readTemplate(noise),
    ),
  );
});

test("a glob of many stars over a long value ends", () =>
  assert.equal(matchGlob(`${"*a".repeat(500)}b`, "a".repeat(1024)), false));

test("an address lies in its own range, and no text makes the parser throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const parsed = parseAddress(address);
      const range = parseRange(address);
      assert.ok(parsed && range && covers(range, parsed), address);
    }),
  );
  fc.assert(fc.property(fc.string(), (noise) => void parseRange(noise)));
});

test("ids have one order, whether as numbers, as text, in short lists or in long ones", () => {
  const letter = fc.constantFrom("a", "b", "-", "0", "\u0000", "}", "~", "\u007f", "\u00e9", "\ud800");
  const ids = fc.array(fc.string({ unit: letter, maxLength: 10 }), { maxLength: 90 });
  fc.assert(
    fc.property(ids, (all) => {
      const list = all.map((id, at) => ({ id, at, place: placeOf(id) }));
      const expected = list.toSorted((a, b) => byBytes(a.id, b.id));
      assert.deepEqual(
        inOrder(list, (a, b) => byBytes(a.id, b.id)),
        expected,
      );
    }),
    { numRuns: 500 },
  );
});
