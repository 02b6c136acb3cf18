import assert from "node:assert/strict";
import test from "node:test";
import type { Surroundings } from "../../lib/connectors/connector.ts";
import { openSamlConnector } from "../../lib/connectors/saml.ts";
import type { RefusalCode } from "../../lib/core/errors.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { encode, inTurn, KEYS, NOW, REQUEST, SIGNED, sign, swap, UNSIGNED } from "../saml/genuine.ts";
import { connect, state, surround } from "./saml-surroundings.ts";

interface Case {
  readonly connection?: Record<string, unknown>;
  readonly surroundings?: Partial<Surroundings>;
  readonly xml?: string;
  readonly memo?: string | null;
}
const finish = ({ connection = {}, surroundings = {}, xml = SIGNED.both, memo = REQUEST }: Case) =>
  openSamlConnector(connect(connection), surround(surroundings)).finish(
    { kind: "saml", response: encode(xml) },
    memo ?? undefined,
    {},
  );
const [key] = state.keys;
const { certificate = "" } = key ?? {};
const keyed = (more: object) => ({ state: { ...state, keys: [{ certificate, seenAt: 0, ...more }] } });
const unsolicited = sign(
  inTurn(swap(` InResponseTo="${REQUEST}"`, ""), swap(` InResponseTo="${REQUEST}"`, ""))(UNSIGNED),
  "assertion",
);

test("the genuine case passes", () => assert.doesNotReject(finish({})));
test("a key that was withdrawn but an hour ago still counts", () =>
  assert.doesNotReject(finish({ surroundings: keyed({ endsAt: NOW + 1 }) })));
test("a tile's answer passes on a connection that accepts tiles", () =>
  assert.doesNotReject(finish({ connection: { idpInitiated: "accept" }, xml: unsolicited, memo: null })));
test("certificates that an administrator wrote stand before those that were learnt", () =>
  assert.doesNotReject(
    finish({ connection: { certificates: [certificate] }, surroundings: { state: { ...state, keys: [] } } }),
  ));

const refused: readonly (readonly [what: string, change: Case, code: RefusalCode])[] = [
  ["that answers another request", { memo: "_request-2" }, "saml_not_requested"],
  ["that answers no request on a connection that was asked", { xml: unsolicited }, "saml_unsolicited"],
  ["that nobody asked for, where tiles bounce", { xml: unsolicited, memo: null }, "signin_unsolicited"],
  [
    "that nobody asked for, where tiles are off",
    { connection: { idpInitiated: "off" }, xml: unsolicited, memo: null },
    "signin_unsolicited",
  ],
  [
    "to somebody's request, shown as a tile's",
    { connection: { idpInitiated: "accept" }, memo: null },
    "saml_not_requested",
  ],
  [
    "signed with a key that waits for approval",
    { surroundings: keyed({ pending: true }) },
    "saml_key_missing",
  ],
  ["signed with a key that ended", { surroundings: keyed({ endsAt: NOW }) }, "saml_key_missing"],
  [
    "signed with a key of another connection",
    { surroundings: { state: { ...state, keys: [{ certificate: KEYS.other.certificate, seenAt: 0 }] } } },
    "saml_signature_invalid",
  ],
  [
    "signed with a key that was learnt, where an administrator wrote another",
    { connection: { certificates: [KEYS.other.certificate] } },
    "saml_signature_invalid",
  ],
  [
    "of another provider than was learnt",
    { surroundings: { state: { ...state, entityId: "https://other.example.com" } } },
    "saml_response_issuer_mismatch",
  ],
  [
    "of another provider than was written",
    { connection: { issuer: "https://other.example.com" } },
    "saml_response_issuer_mismatch",
  ],
  [
    "for another connection's audience",
    { connection: { entityId: "https://broker.example.com/saml/other/metadata" } },
    "saml_audience_mismatch",
  ],
  [
    "for another connection's address",
    { connection: { acs: "https://broker.example.com/saml/other/acs" } },
    "saml_destination_mismatch",
  ],
  ["before metadata was read", { surroundings: { state: undefined } }, "connection_not_ready"],
  [
    "after metadata ended",
    { surroundings: { state: { ...state, validUntil: NOW } } },
    "provider_metadata_expired",
  ],
  [
    "older than the connection takes",
    { connection: { maxAssertionAgeSeconds: 30 }, surroundings: { clock: fixedClock(NOW + 120) } },
    "saml_too_old",
  ],
];
for (const [what, change, code] of refused)
  test(`an answer ${what} is refused`, () => assert.rejects(finish(change), { code }));

test("an answer of another protocol is refused", () =>
  assert.rejects(openSamlConnector(connect(), surround()).finish({ kind: "oidc", query: "" }, REQUEST, {}), {
    code: "request_invalid",
  }));

for (const [what, surroundings, code] of [
  ["before metadata was read", { state: undefined }, "connection_not_ready"],
  ["after metadata ended", { state: { ...state, validUntil: NOW - 1 } }, "provider_metadata_expired"],
] as const)
  test(`no sign-in begins ${what}`, () =>
    assert.rejects(openSamlConnector(connect(), surround(surroundings)).begin("h", { secondFactor: false }), {
      code,
    }));

test("no sign-in begins by a binding the provider does not speak", async () => {
  const onlyPost = {
    state: { ...state, ssoUrls: [{ binding: "post" as const, url: "https://idp.example.com/" }] },
  };
  const { begin } = openSamlConnector(connect({ ssoBinding: "redirect" }), surround(onlyPost));
  await assert.rejects(begin("h", { secondFactor: false }), { code: "connection_not_ready" });
});

for (const ssoUrl of [
  "javascript:alert(1)",
  "data:text/html,x",
  "http://idp.example.com/sso",
  "https://a:b@idp.example.com/",
])
  test(`nobody is sent to ${ssoUrl}, whoever wrote it`, () =>
    assert.rejects(openSamlConnector(connect({ ssoUrl }), surround()).begin("h", { secondFactor: false }), {
      code: "connection_not_ready",
    }));

const plain = (url: string) => ({ ...state, ssoUrls: [{ binding: "redirect" as const, url }] });
const roads: readonly [url: string, privateHosts: readonly string[] | undefined, goes: boolean][] = [
  ["https://idp.example.com/sso", undefined, true],
  ["http://127.0.0.1:8710/sso", undefined, false],
  ["http://127.0.0.1:8710/sso", [], false],
  ["http://127.0.0.1:8710/sso", ["127.0.0.1:8710"], true],
  ["http://127.0.0.1:8711/sso", ["127.0.0.1:8710"], false],
  ["http://localhost:8710/sso", ["127.0.0.1:8710"], false],
  ["http://[::1]:8710/sso", ["[::1]:8710"], true],
  ["http://127.0.0.1/sso", ["127.0.0.1:80"], true],
  ["http://127.0.0.1/sso", ["127.0.0.1:443"], false],
  ["http://x:y@127.0.0.1:8710/sso", ["127.0.0.1:8710"], false],
  ["http://127.0.0.1.evil.example:8710/sso", ["127.0.0.1:8710"], false],
  ["javascript:alert(1)", ["127.0.0.1:8710"], false],
];
for (const [url, privateHosts, goes] of roads)
  test(`people are ${goes ? "" : "not "}sent to ${url} where ${privateHosts ?? "nothing"} is listed`, async () => {
    const listed = privateHosts === undefined ? {} : { privateHosts };
    const begun = openSamlConnector(connect(), surround({ state: plain(url), ...listed })).begin("h", {
      secondFactor: false,
    });
    if (goes) {
      const challenge = await begun;
      assert.ok(challenge.kind === "redirect" && challenge.url.startsWith(url));
    } else await assert.rejects(begun, { code: "connection_not_ready" });
  });
