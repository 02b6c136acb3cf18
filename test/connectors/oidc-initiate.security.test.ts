import assert from "node:assert/strict";
import test from "node:test";
import { initiateTarget, readInitiate } from "../../lib/connectors/initiate.ts";
import type { RefusalCode } from "../../lib/core/errors.ts";
import { connectionTo } from "../oidc/surroundings.ts";
import { workloadTo } from "./workload-issuer.ts";

const URL_OF_OURS = "https://broker.example.com";
const read = (parameters: Record<string, string>) =>
  readInitiate(new URLSearchParams(parameters).toString(), URL_OF_OURS);
const iss = "https://op.example";

test("a sign-in that the provider starts goes to a path of ours with its hint", () => {
  assert.deepEqual(
    read({ iss, target_link_uri: "/console?account=1&role=a", login_hint: "akira@example.com" }),
    {
      iss,
      to: "/console?account=1&role=a",
      loginHint: "akira@example.com",
    },
  );
  assert.deepEqual(read({ iss, target_link_uri: `${URL_OF_OURS}/console` }), { iss, to: "/console" });
  assert.deepEqual(read({ iss }), { iss, to: "/" });
  assert.deepEqual(read({ iss, login_hint: "a b\nc" }), { iss, to: "/" });
});

const attacks: readonly [what: string, query: string, code: RefusalCode][] = [
  ["without an issuer", "target_link_uri=/", "request_invalid"],
  ["with two issuers", "iss=a&iss=b", "request_invalid"],
  ["with two targets", "iss=a&target_link_uri=/&target_link_uri=/", "request_invalid"],
  ["to another host", "iss=a&target_link_uri=https://evil.example/", "target_not_allowed"],
  [
    "to a host that begins like ours",
    "iss=a&target_link_uri=https://broker.example.com.evil.example/",
    "target_not_allowed",
  ],
  [
    "to a host behind our name",
    "iss=a&target_link_uri=https://broker.example.com@evil.example/",
    "target_not_allowed",
  ],
  ["to a host without a scheme", "iss=a&target_link_uri=//evil.example/", "target_not_allowed"],
  [
    "to a host behind our origin",
    "iss=a&target_link_uri=https://broker.example.com//evil.example",
    "target_not_allowed",
  ],
  ["to a script", "iss=a&target_link_uri=javascript:alert(1)", "target_not_allowed"],
  ["that is too long", `iss=${"a".repeat(9000)}`, "request_invalid"],
];
for (const [what, query, code] of attacks)
  test(`a third party's start ${what} is refused`, () =>
    assert.throws(() => readInitiate(query, URL_OF_OURS), { code }));

test("the issuer must be exactly the connection's, which must be on and for people", () => {
  const connection = connectionTo(iss);
  assert.equal(initiateTarget([workloadTo(iss), connection], iss).id, "op");
  for (const other of [`${iss}/`, "https://OP.example", "https://op.example.evil.example", ""])
    assert.throws(() => initiateTarget([connection], other), { code: "oidc_initiator_unknown" });
  assert.throws(() => initiateTarget([workloadTo(iss)], iss), { code: "oidc_initiator_unknown" });
  assert.throws(() => initiateTarget([{ ...connection, enabled: false }], iss), {
    code: "connection_disabled",
  });
});
