import assert from "node:assert/strict";
import test from "node:test";
import { refusalOf } from "../../cli/api.ts";
import { sekisho, serve } from "./run.ts";

const BARE: readonly [status: number, body: string, says: RegExp][] = [
  [413, '{"message":"Request Entity Too Large"}', /larger than 10 MB.*--function/],
  [500, '{"message":"Internal Server Error"}', /ended without a word.*Its log says why/],
  [502, "", /want of memory or time/],
  [503, '{"message":"Service Unavailable"}', /30 seconds.*--function/],
];
for (const [status, body, says] of BARE)
  test(`a bare ${status} of API Gateway is told in words, with what to do`, async () => {
    await using gateway = await serve(async () => ({ statusCode: status, body }));
    const { code, err } = await sekisho(["versions", "list"], {
      SEKISHO_URL: gateway.url,
      SEKISHO_TOKEN: "x",
    });
    assert.equal(code, 1);
    assert.match(err, says);
  });

test("the broker's own refusal is told in its own words, whatever its status", () => {
  assert.equal(refusalOf({ code: "aws_down", message: "AWS is away." }, 503), "AWS is away. (aws_down)");
});
