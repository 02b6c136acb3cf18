import assert from "node:assert/strict";
import test from "node:test";
import { within } from "../../lib/core/deadline.ts";
import { Refusal } from "../../lib/core/errors.ts";
import { refuseLate } from "../../lib/flows/too-large.ts";

test("work whose request is nearly over ends with what to do, and without a request never does", async () => {
  refuseLate(7);
  await within(60, async () => refuseLate(7));
  const late = within(1, async () => refuseLate(7));
  await assert.rejects(late, (thrown) => {
    assert.ok(thrown instanceof Refusal);
    assert.equal(thrown.code, "configuration_too_large");
    assert.match(String(thrown.about.hint), /^7 objects take longer .*--function/);
    return true;
  });
});
