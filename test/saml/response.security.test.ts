import assert from "node:assert/strict";
import test from "node:test";
import { isRefusal } from "../../lib/core/errors.ts";
import { verifyResponse } from "../../lib/saml/response.ts";
import { encode, expected } from "./genuine.ts";
import { HOSTILE } from "./rows/hostile.ts";

test("there are at least 120 hostile documents, each of its own name", () => {
  assert.ok(HOSTILE.length >= 120, `only ${HOSTILE.length}`);
  assert.equal(new Set(HOSTILE.map(({ what }) => what)).size, HOSTILE.length);
});

for (const row of HOSTILE)
  test(`${row.what} is refused`, async () => {
    const made = row.make();
    const field = typeof made === "string" ? encode(made) : made.field;
    await assert.rejects(verifyResponse(field, { ...expected, ...row.expected }), (thrown) => {
      assert.ok(isRefusal(thrown), `not a refusal: ${thrown}`);
      assert.equal(thrown.code, row.code, JSON.stringify(thrown.detail));
      return true;
    });
  });
