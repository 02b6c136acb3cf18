import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { checkDestination } from "../../lib/aws/console.ts";
import { isRefusal } from "../../lib/core/errors.ts";
import type { Partition } from "../../lib/core/role.ts";

const CONSOLE = "http://127.0.0.1:8701/console";

const pages: readonly (readonly [url: string, partition: Partition])[] = [
  ["https://console.aws.amazon.com/", "aws"],
  ["https://console.aws.amazon.com/s3/buckets/a?region=eu-west-1#tab=objects", "aws"],
  ["https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:", "aws"],
  ["https://health.aws.amazon.com/health/home", "aws"],
  ["https://us-east-1.quicksight.aws.amazon.com/sn/start", "aws"],
  ["https://console.amazonaws-us-gov.com/", "aws-us-gov"],
  ["https://console.amazonaws.cn/", "aws-cn"],
  ["https://cn-north-1.console.amazonaws.cn/s3/home", "aws-cn"],
  ["http://127.0.0.1:8701/console/anything", "aws"],
];
for (const [url, partition] of pages)
  test(`${url} is a console page of ${partition}`, () =>
    assert.equal(checkDestination(url, partition, CONSOLE), url));

const elsewhere: readonly string[] = [
  "http://console.aws.amazon.com/",
  "https://console.aws.amazon.com.evil.example/",
  "https://evilconsole.aws.amazon.com/",
  "https://evil.example/console.aws.amazon.com",
  "https://evil.example/?console.aws.amazon.com",
  "https://evil.example#.console.aws.amazon.com",
  "https://console.aws.amazon.com@evil.example/",
  "https://user@console.aws.amazon.com/",
  "https://:p@console.aws.amazon.com/",
  "https://console.aws.amazon.com:8443/",
  "https://console.aws.amazon.com\\@evil.example/",
  "https:\\\\console.aws.amazon.com/",
  "https://evil.example\\.console.aws.amazon.com/",
  "https://console.aws.amazon.com\u3002evil.example/",
  "https://evil.example\t.console.aws.amazon.com/",
  " https://console.aws.amazon.com/",
  "https://console.aws.amazon.com/\u0000",
  "//console.aws.amazon.com/",
  "https:console.aws.amazon.com/",
  "https:///console.aws.amazon.com/",
  "https://.console.aws.amazon.com/",
  "https://a..console.aws.amazon.com/",
  "https://_.console.aws.amazon.com/",
  "/console/home",
  "console.aws.amazon.com",
  "javascript:alert(1)//console.aws.amazon.com",
  "data:text/html,https://console.aws.amazon.com/",
  "https://signin.aws.amazon.com/oauth?redirect_uri=https://evil.example",
  "https://docs.aws.amazon.com/",
  "https://aws.amazon.com/",
  "https://s3.amazonaws.com/bucket/page.html",
  "https://console.amazonaws.cn/",
  "https://console.amazonaws-us-gov.com/",
  "http://127.0.0.1:8702/console",
  "https://127.0.0.1:8701/console",
  "http://localhost:8701/console",
  "",
  `https://console.aws.amazon.com/${"a".repeat(2048)}`,
];
for (const url of elsewhere)
  test(`${JSON.stringify(url).slice(0, 70)} is no page of the console of aws`, () =>
    assert.throws(() => checkDestination(url, "aws", CONSOLE), { code: "destination_not_allowed" }));

test("without a console elsewhere, only the partition's own counts", () =>
  assert.throws(() => checkDestination("http://127.0.0.1:8701/console", "aws"), {
    code: "destination_not_allowed",
  }));

test("whatever is asked for, a browser ends up on a console host or nowhere", () => {
  const piece = fc.constantFrom(
    "https:",
    "//",
    "/",
    "\\",
    "@",
    ":",
    "#",
    "?",
    ".",
    "console.aws.amazon.com",
    "evil.example",
    "%2e",
    "%00",
    "[::1]",
    "443",
    " ",
    "\t",
    "x",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      try {
        const url = new URL(checkDestination(pieces.join(""), "aws"));
        assert.match(url.href, /^https:\/\/(?:[a-z0-9-]+\.)*console\.aws\.amazon\.com\//);
      } catch (thrown) {
        assert.ok(isRefusal(thrown, "destination_not_allowed"), String(thrown));
      }
    }),
    { numRuns: 5000 },
  );
});
