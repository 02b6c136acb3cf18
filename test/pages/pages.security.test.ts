import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { href, ownHref, withQuery } from "../../functions/pages/html.ts";
import { LANGUAGES } from "../../lib/core/messages/words.ts";
import { tokensOf } from "../support/html-tokens.ts";
import { PAGES } from "./views.ts";

const PAYLOADS: readonly [what: string, payload: string][] = [
  ["a script element", "<script>alert(1)</script>"],
  ["an attribute that ends early", '" onmouseover="alert(1)'],
  ["a single-quoted attribute that ends early", "' onfocus='alert(1)' autofocus '"],
  ["a tag that ends early", '"><img src=x onerror=alert(1)>'],
  ["a picture with script in it", "<svg/onload=alert(1)>"],
  ["a title that ends early", "</title><script>alert(1)</script>"],
  ["a text area that swallows the rest", "<textarea>"],
  ["a comment", "<!-- x -->"],
  ["half a comment", "--><!--"],
  ["a processing instruction", "<?xml version='1.0'?>"],
  ["an element of ours", '<a href="/signout">x</a>'],
  ["a meta refresh", "<meta http-equiv=refresh content=0;url=https://evil.example>"],
  ["a base", "<base href=https://evil.example/>"],
  ["a form that leaves", "</form><form action=https://evil.example>"],
  ["entities that would be read twice", "&lt;script&gt;&amp;lt;"],
  ["an entity without end", "&lt"],
  ["a back-tick attribute", "`onerror=alert(1)`"],
  ["a null byte", "a\u0000b<scr\u0000ipt>"],
  ["a right-to-left override", "nimda\u202e\u2066x"],
  ["half a surrogate pair", "\ud800<b>"],
  ["lines and tabs", "\n\t\r<b>\n"],
  ["a mark of our sentences", "{name}{contact}"],
  ["a replacement pattern", "$& $1 $` $'"],
  ["a template", "$\u007b7*7}"],
];

const EVERY = Object.entries(PAGES).flatMap(([name, make]) =>
  LANGUAGES.map((language) => ({ name: `${name} (${language})`, language, make })),
);

/** What a browser would make of a page: its elements with the names of their attributes. */
const skeleton = (page: string): string =>
  tokensOf(page)
    .tags.map(({ name, attributes }) => `${name}[${Object.keys(attributes).join(" ")}]`)
    .join("\n");

/**
 * In front, a text keeps the order of rows and so the place of every element. A search finds other rows with other
 * words, so there every kind of element must be one that the page has anyway.
 */
function addsNothing(payload: string): void {
  for (const { name, language, make } of EVERY) {
    const found = skeleton(make(language, (text) => payload + text));
    const plain = skeleton(make(language, (text) => `zz${text}`));
    const kinds = new Set(plain.split("\n"));
    const search = name.startsWith("home-search") && found.split("\n").every((kind) => kinds.has(kind));
    assert.ok(search || found === plain, `${name} grew or lost an element`);
  }
}

/** Behind, a text meets the ends of addresses. */
function leadsNowhere(payload: string): void {
  for (const { name, language, make } of EVERY)
    for (const { attributes } of tokensOf(make(language, (text) => text + payload)).tags)
      for (const place of ["href", "action", "src"])
        assert.match(attributes[place] ?? "/", /^(?:\/(?![/\\])|#|https:|mailto:)/, name);
}

for (const [what, payload] of PAYLOADS)
  test(`names that hold ${what} stay names on every page`, () => {
    addsNothing(payload);
    leadsNowhere(payload);
  });

test("no text whatever adds an element, an attribute or an address to any page", () => {
  // Not a full stop: it ends the headline of a refusal.
  const text = fc
    .string({ unit: "binary", maxLength: 40 })
    .map((payload) => payload.replace(/[.。]/g, "").trim() || "x");
  fc.assert(
    fc.property(text, (payload) => {
      addsNothing(payload);
      leadsNowhere(payload);
    }),
    { numRuns: 15 },
  );
});

test("what a name says is what is read, character by character", () => {
  const printable = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(printable, (name) => {
      const page = PAGES.empty?.("en", (text) => text + name) ?? "";
      assert.ok(tokensOf(page).text.includes(`outsider${name}`));
    }),
    { numRuns: 100 },
  );
});

const ADDRESSES: readonly [address: string, becomes: string][] = [
  ["/console?account=1", "/console?account=1"],
  ["https://example.com/a", "https://example.com/a"],
  ["mailto:a@example.com", "mailto:a@example.com"],
  ["http://127.0.0.1:40123/callback?code=1", "/"],
  ["http://localhost:8700/", "/"],
  ["http://127.0.0.1:8710/sso?a=1", "http://127.0.0.1:8710/sso?a=1"],
  ["http://127.0.0.1:8710@evil.example/", "/"],
  ["http://idp.corp.example/", "http://idp.corp.example/"],
  ["http://idp.corp.example:8080/", "/"],
  ["http://example.com/", "/"],
  ["http://127.0.0.1.evil.example/", "/"],
  ["javascript:alert(1)", "/"],
  ["JaVaScRiPt:alert(1)", "/"],
  ["java\nscript:alert(1)", "/"],
  ["data:text/html,<script>1</script>", "/"],
  ["vbscript:x", "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["/\t/evil.example", "/"],
  ["\\\\evil.example", "/"],
  ["", "/"],
  ["signin", "/"],
];
for (const [address, becomes] of ADDRESSES)
  test(`a link to ${JSON.stringify(address)} leads to ${becomes}`, () =>
    assert.equal(href(address, ["127.0.0.1:8710", "IDP.corp.example:80"]), becomes));

test("a path of ours never names another host", () => {
  const hidden = fc.stringMatching(/^[./\\%2efE@:?#a]{0,12}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), hidden), (path) => {
      for (const address of [ownHref(`/${path}`), withQuery(`/${path}`, { lang: "ja" })])
        assert.equal(new URL(address, "https://own.invalid").origin, "https://own.invalid", address);
    }),
    { numRuns: 2000 },
  );
});

for (const path of ["/.//evil.example", "/%2e//evil.example", "/a/..//evil.example", "//evil.example"])
  test(`the other language of ${path} is a page of ours`, () =>
    assert.match(withQuery(path, { lang: "ja" }), /^\/(?!\/)/));
