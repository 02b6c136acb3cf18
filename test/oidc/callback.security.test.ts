import assert from "node:assert/strict";
import test from "node:test";
import { openOidcConnector } from "../../lib/connectors/oidc.ts";
import { Refusal, type RefusalCode } from "../../lib/core/errors.ts";
import { signIn, wish } from "./sign-in.ts";
import { connectionTo, surroundings } from "./surroundings.ts";
import { startTinyProvider } from "./tiny-provider.ts";

const callbacks: readonly [what: string, change: (query: URLSearchParams) => void, code: RefusalCode][] = [
  ["with another state", (query) => query.set("state", "sign-in-2"), "oidc_state_mismatch"],
  ["without a state", (query) => query.delete("state"), "oidc_answer_malformed"],
  ["with two states", (query) => query.append("state", "x"), "oidc_answer_malformed"],
  ["with two codes", (query) => query.append("code", "x"), "oidc_answer_malformed"],
  ["without a code", (query) => query.delete("code"), "oidc_answer_malformed"],
  ["with another code", (query) => query.set("code", "code-of-somebody"), "oidc_code_refused"],
  [
    "from another issuer",
    (query) => query.set("iss", "https://other.example"),
    "oidc_response_issuer_mismatch",
  ],
  ["with an ID token of its own", (query) => query.set("id_token", "a.b.c"), "oidc_answer_malformed"],
  ["with a signed response", (query) => query.set("response", "a.b.c"), "oidc_answer_malformed"],
  ["that is too long", (query) => query.set("x", "x".repeat(20_000)), "oidc_answer_malformed"],
];
for (const [what, callback, code] of callbacks)
  test(`an answer ${what} is refused`, (t) => assert.rejects(signIn(t, { callback }), { code }));

const errors: readonly [error: string, description: string, code: RefusalCode, hint: RegExp][] = [
  ["access_denied", "akira@example.com said no", "oidc_provider_denied", /access_denied\.$/],
  ["access_denied", "AADSTS50105: akira@example.com is not assigned", "oidc_provider_denied", /AADSTS50105/],
  ["login_required", "", "oidc_provider_denied", /login_required/],
  ["interaction_required", "", "oidc_provider_denied", /interaction_required/],
  ["consent_required", "", "oidc_provider_denied", /consent_required/],
  ["server_error", "", "oidc_provider_failed", /server_error/],
  ["temporarily_unavailable", "", "oidc_provider_failed", /temporarily/],
  ["unauthorized_client", "", "oidc_misconfigured", /unauthorized_client/],
  ["constructor", "", "oidc_provider_denied", /constructor/],
  ["<script>alert(1)</script>", "", "oidc_provider_denied", /answered other\.$/],
];
for (const [error, description, code, hint] of errors)
  test(`a provider that answers ${error} is quoted without anything personal`, async (t) => {
    const callback = (query: URLSearchParams) => {
      query.delete("code");
      query.set("error", error);
      query.set("error_description", description);
    };
    await assert.rejects(signIn(t, { callback }), (thrown) => {
      assert.ok(thrown instanceof Refusal);
      assert.equal(thrown.code, code);
      assert.match(thrown.about.hint ?? "", hint);
      assert.doesNotMatch(JSON.stringify([thrown.detail, thrown.about]), /akira/);
      return true;
    });
  });

test("a code is good once", async (t) => {
  const provider = await startTinyProvider(t);
  const connector = openOidcConnector(connectionTo(provider.issuer), surroundings([provider.host]));
  const challenge = await connector.begin("s", wish);
  const query = challenge.kind === "redirect" ? provider.authorize(challenge.url) : "";
  const first = await connector.finish({ kind: "oidc", query }, challenge.memo, {});
  await assert.rejects(connector.finish({ kind: "oidc", query }, challenge.memo, {}), {
    code: "oidc_code_refused",
  });
  assert.ok(first.once);
});

test("two answers with the same code claim the same thing, and other codes others", async (t) => {
  const provider = await startTinyProvider(t);
  const connector = openOidcConnector(connectionTo(provider.issuer), surroundings([provider.host]));
  const keys: (string | undefined)[] = [];
  for (const id of ["s1", "s2"]) {
    const challenge = await connector.begin(id, wish);
    const query = challenge.kind === "redirect" ? provider.authorize(challenge.url) : "";
    keys.push((await connector.finish({ kind: "oidc", query }, challenge.memo, {})).once?.key);
  }
  assert.equal(new Set(keys).size, 2);
  assert.doesNotMatch(keys.join(), /code-/);
});

test("the answer of one provider at the callback of another is refused", async (t) => {
  const [a, b] = [await startTinyProvider(t), await startTinyProvider(t)];
  const around = surroundings([a.host, b.host]);
  const atA = openOidcConnector(connectionTo(a.issuer, { id: "a" }), around);
  const atB = openOidcConnector(connectionTo(b.issuer, { id: "b" }), around);
  const challenge = await atA.begin("s", wish);
  const query = challenge.kind === "redirect" ? a.authorize(challenge.url) : "";
  await assert.rejects(atB.finish({ kind: "oidc", query }, challenge.memo, {}), {
    code: "oidc_state_mismatch",
  });
  assert.ok(!b.asked.includes("/token"), "the code of A never reaches B");
});

test("the code of one browser in the sign-in of another is refused", async (t) => {
  const provider = await startTinyProvider(t);
  const connector = openOidcConnector(connectionTo(provider.issuer), surroundings([provider.host]));
  const [mine, theirs] = [await connector.begin("mine", wish), await connector.begin("theirs", wish)];
  const stolen =
    theirs.kind === "redirect" ? new URLSearchParams(provider.authorize(theirs.url)) : new URLSearchParams();
  stolen.set("state", "mine");
  await assert.rejects(connector.finish({ kind: "oidc", query: stolen.toString() }, mine.memo, {}), {
    code: "oidc_code_refused",
  });
});

test("an answer nobody asked for is refused", async (t) => {
  const provider = await startTinyProvider(t);
  const connector = openOidcConnector(connectionTo(provider.issuer), surroundings([provider.host]));
  await assert.rejects(connector.finish({ kind: "oidc", query: "code=c&state=s" }, undefined, {}), {
    code: "signin_unsolicited",
  });
  await assert.rejects(connector.finish({ kind: "oidc", query: "code=c&state=s" }, "{}", {}), {
    code: "oidc_state_mismatch",
  });
  await assert.rejects(connector.finish({ kind: "saml", response: "" }, "{}", {}), {
    code: "oidc_answer_malformed",
  });
  assert.deepEqual(provider.asked, []);
});
