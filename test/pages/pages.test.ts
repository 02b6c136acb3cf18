import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { LANGUAGES } from "../../lib/core/messages/words.ts";
import { tokensOf } from "../support/html-tokens.ts";
import { PAGES } from "./views.ts";

const rendered = Object.entries(PAGES).flatMap(([name, make]) =>
  LANGUAGES.map((language) => ({ name: `${name} (${language})`, language, page: make(language) })),
);

for (const { name, language, page } of rendered) {
  test(`${name}: is well formed, in its language, and complete`, () => {
    const { tags, text } = tokensOf(page);
    assert.equal(tags.find((tag) => tag.name === "html")?.attributes.lang, language);
    assert.equal(tags.filter((tag) => tag.name === "h1").length, 1);
    assert.equal(tags.filter((tag) => tag.name === "main").length, 1);
    assert.doesNotMatch(text, /\{[a-z]+\}/i, "a mark of a sentence was left unfilled");
    assert.doesNotMatch(text, /undefined|\[object|NaN/);
    assert.equal(/[\u3040-\u30ff]/.test(text.replace("日本語", "")), language === "ja");
  });

  test(`${name}: has nothing inline and fetches nothing but our assets`, () => {
    for (const { name: tag, attributes } of tokensOf(page).tags) {
      assert.notEqual(tag, "style");
      assert.notEqual(tag, "iframe");
      for (const attribute of Object.keys(attributes)) {
        assert.notEqual(attribute, "style");
        assert.doesNotMatch(attribute, /^on/);
      }
      if (tag === "script") assert.match(attributes.src ?? "", /^\/assets\/(?:copy|continue)\.js$/);
      if (tag === "link") assert.match(attributes.href ?? "", /^\/assets\/[a-z]+\.(?:css|svg)$/);
      assert.equal(attributes.src !== undefined && tag !== "script", false);
    }
  });

  test(`${name}: ids are unique, and whatever points at one finds it`, () => {
    const { tags } = tokensOf(page);
    const ids = tags.flatMap(({ attributes }) => (attributes.id === undefined ? [] : [attributes.id]));
    assert.equal(new Set(ids).size, ids.length, "an id stands twice");
    for (const { attributes } of tags)
      for (const pointer of ["for", "aria-labelledby", "aria-describedby", "data-copy", "form"])
        for (const id of attributes[pointer]?.split(" ") ?? [])
          assert.ok(ids.includes(id), `${pointer} points at ${id}`);
  });

  test(`${name}: every field has a label and every picture is hidden from readers`, () => {
    const { tags } = tokensOf(page);
    const labelled = new Set(tags.map(({ attributes }) => attributes.for));
    for (const { name: tag, attributes } of tags) {
      const choice = attributes.type === "radio";
      if ((tag === "input" && attributes.type !== "hidden" && !choice) || tag === "select")
        assert.ok(labelled.has(attributes.id), `${tag} ${attributes.name} has a label`);
      if (tag === "svg") assert.equal(attributes["aria-hidden"], "true");
    }
    assert.ok(tags.filter((tag) => tag.attributes.class?.includes("seal")).length <= 1, "one seal at most");
  });

  test(`${name}: every form that changes something carries the mark of our pages`, () => {
    const { tags } = tokensOf(page);
    const own = tags.filter(
      ({ name: tag, attributes }) =>
        tag === "form" && attributes.method === "post" && attributes.action?.startsWith("/"),
    );
    assert.equal(tags.filter(({ attributes }) => attributes.name === "csrf").length, own.length);
  });
}

test("the language link leads to the same page in the other language", () => {
  const { tags } = tokensOf(PAGES.signin?.("en") ?? "");
  const link = tags.find((tag) => tag.attributes.hreflang === "ja");
  assert.equal(link?.attributes.href, "/signin?to=%2Fconsole%3Faccount%3D1&lang=ja");
});

test("no template puts a value into an attribute without quotes", () => {
  const folder = new URL("../../functions/pages/", import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  assert.ok(files.length > 10);
  for (const file of files)
    assert.doesNotMatch(readFileSync(new URL(file, folder), "utf8"), /=\$\{[^}]*\}[\s>][^`]*</);
});

test("keys that were not asked to be shown are not in the page", () => {
  for (const name of ["credentials", "credentials-masked"])
    assert.doesNotMatch(PAGES[name]?.("en") ?? "", /sEcReT|IQoJb3JpZ2lu/);
  assert.match(PAGES["credentials-shown"]?.("en") ?? "", /sEcReT[\s\S]*IQoJb3JpZ2lu/);
});
