import assert from "node:assert/strict";
import test from "node:test";
import { startAws } from "../../../infra/local/aws/server.ts";
import { type SignedRequest, send, signed } from "./signed.ts";
import { administrator, BROKER, handClock } from "./world.ts";

const clock = handClock();
const aws = await startAws({ port: 0, host: "127.0.0.1", clock });
test.after(() => aws.stop());

const keys = administrator(BROKER);
const BODY = "Action=GetCallerIdentity&Version=2011-06-15";
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const TARGET = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.ListAliases" };

const identity = () => signed(aws.url, keys, "sts", { headers: FORM, body: BODY });
const aliases = () => signed(aws.url, keys, "kms", { headers: TARGET, body: "{}" });

type Change = (request: SignedRequest) => SignedRequest;
const header =
  (name: string, change: (value: string) => string): Change =>
  (request) => ({ ...request, headers: { ...request.headers, [name]: change(request.headers[name] ?? "") } });
const without =
  (name: string): Change =>
  (request) => ({
    ...request,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([each]) => each !== name)),
  });
const authorization = (change: (value: string) => string) => header("authorization", change);

test("a genuine signature is accepted on both wires", async () => {
  assert.equal((await send(aws.url, "/", await identity())).status, 200);
  assert.equal((await send(aws.url, "/", await aliases())).status, 200);
});

const rows: readonly (readonly [what: string, change: Change, query: string, json: string])[] = [
  [
    "without one",
    without("authorization"),
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
  ],
  [
    "of another shape",
    authorization(() => "Bearer x"),
    "IncompleteSignature",
    "IncompleteSignatureException",
  ],
  [
    "that was changed",
    authorization((text) => text.replace(/.$/, (last) => (last === "0" ? "1" : "0"))),
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
  ],
  [
    "of another region than it says",
    authorization((text) => text.replace("us-east-1", "eu-west-1")),
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
  ],
  [
    "of another service",
    authorization((text) => text.replace(/\/(sts|kms)\/aws4/, "/iam/aws4")),
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
  ],
  [
    "over another body",
    (request) => ({ ...request, body: request.body === "{}" ? "{} " : `${request.body}&x=1` }),
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
  ],
  [
    "by an unknown account",
    authorization((text) => text.replace(BROKER, "123456789012")),
    "InvalidClientTokenId",
    "UnrecognizedClientException",
  ],
  [
    "by an unknown key",
    authorization((text) => text.replace(`AKIALOCAL${BROKER}`, "ASIAABCDEFGHIJKLMNOP")),
    "InvalidClientTokenId",
    "UnrecognizedClientException",
  ],
  [
    "beside an unsigned header",
    header("x-amz-security-token", () => "token"),
    "IncompleteSignature",
    "IncompleteSignatureException",
  ],
  [
    "that leaves out the host",
    authorization((text) => text.replace("host;", "")),
    "IncompleteSignature",
    "IncompleteSignatureException",
  ],
  ["without a date", without("x-amz-date"), "IncompleteSignature", "IncompleteSignatureException"],
  [
    "of another day",
    header("x-amz-date", (text) => text.replace(/^..../, "2020")),
    "IncompleteSignature",
    "IncompleteSignatureException",
  ],
  [
    "with an unsigned payload",
    header("x-amz-content-sha256", () => "UNSIGNED-PAYLOAD"),
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
  ],
];
for (const [what, change, query, json] of rows)
  test(`a signature ${what} is refused in the words of each wire`, async () => {
    const xml = await (await send(aws.url, "/", change(await identity()))).text();
    assert.match(xml, new RegExp(`<Code>${query}</Code>`));
    const answer = await send(aws.url, "/", change(await aliases()));
    const { __type } = (await answer.json()) as { __type: string };
    assert.equal(__type, json);
    assert.equal(answer.headers.get("x-amzn-errortype"), json);
  });

test("a signature is good for five minutes either way", async (t) => {
  const start = clock.at;
  t.after(() => {
    clock.at = start;
  });
  const request = await identity();
  const codes: unknown[] = [];
  for (const shift of [299, -290, 320, -320]) {
    clock.at = start + shift;
    codes.push(/<Code>(.*)<\/Code>/.exec(await (await send(aws.url, "/", request)).text())?.[1]);
  }
  assert.deepEqual(codes, [undefined, undefined, "SignatureDoesNotMatch", "SignatureDoesNotMatch"]);
});

test("a signature for one service opens no other", async () => {
  const request = await signed(aws.url, keys, "kms", { headers: FORM, body: BODY });
  assert.match(await (await send(aws.url, "/", request)).text(), /scoped to correct service: &#39;sts&#39;/);
});

test("a signature in the query is not looked at", async () => {
  const { authorization: _gone, ...headers } = (await identity()).headers;
  const url = `${aws.url}/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00`;
  const answer = await fetch(url, { method: "POST", headers, body: BODY });
  assert.match(await answer.text(), /MissingAuthenticationToken/);
});
