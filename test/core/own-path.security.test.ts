import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { isRefusal } from "../../lib/core/errors.ts";
import { ownPath } from "../../lib/core/sign-in.ts";

const kept: readonly string[] = [
  "/",
  "/start",
  "/console?account=111111111111&role=Admin",
  "/console?account=111111111111&role=Admin&destination=https%3A%2F%2Fconsole.aws.amazon.com%2F",
  "/start/#/console?account_id=111111111111",
];
for (const path of kept)
  test(`a path of ours stays as it is: ${path}`, () => assert.equal(ownPath(path), path));

const attacks: readonly [what: string, text: string][] = [
  ["absolute", "https://evil.example/"],
  ["without a scheme", "//evil.example/"],
  ["with a backslash after the slash", "/\\evil.example/"],
  ["with a backslash inside", "/a\\..\\evil"],
  ["with a tab, which browsers drop", "/\t/evil.example"],
  ["with a newline", "/\n/evil.example"],
  ["with a carriage return that would split a header", "/a\r\nset-cookie: a=b"],
  ["with a space", "/a b"],
  ["that climbs to another host", "/.//evil.example"],
  ["that climbs by dots", "/..//evil.example"],
  ["of script", "javascript:alert(1)"],
  ["of data", "data:text/html,x"],
  ["empty", ""],
  ["relative", "console"],
  ["with characters beyond ASCII", "/\u2044\u2044evil.example"],
  ["with a NUL", "/\u0000/evil.example"],
  ["longer than any of ours", `/${"a".repeat(2048)}`],
];
for (const [what, text] of attacks)
  test(`an address ${what} is refused`, () =>
    assert.throws(
      () => ownPath(text),
      (thrown) => isRefusal(thrown, "target_not_allowed"),
    ));

test("whatever passes stays on this host in a browser's eyes", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ unit: "binary" }).map((text) => `/${text}`),
        fc.webUrl(),
      ),
      (text) => {
        let path: string;
        try {
          path = ownPath(text);
        } catch (thrown) {
          return isRefusal(thrown, "target_not_allowed");
        }
        return (
          new URL(path, "https://broker.example").origin === "https://broker.example" &&
          ownPath(path) === path
        );
      },
    ),
    { numRuns: 2000 },
  );
});
