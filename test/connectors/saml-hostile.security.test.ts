import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { selfSigned } from "../../infra/local/idp/certificate.ts";
import { keysOf } from "../../lib/connectors/saml-provider.ts";
import { refreshSaml } from "../../lib/connectors/saml-refresh.ts";
import { ENDED } from "../../lib/connectors/saml-rollover.ts";
import type { ConnectionState } from "../../lib/core/connection.ts";
import { Refusal, type RefusalCode } from "../../lib/core/errors.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { bare, KEYS, NOW } from "../saml/genuine.ts";
import { answering, connect, metadataOf } from "./saml-surroundings.ts";

const DAY = 86_400;
const { idp, next, other } = KEYS;
const weak = readFileSync(new URL("../fixtures/saml/weak.crt", import.meta.url), "utf8");

type Around = Parameters<typeof refreshSaml>[2];

const refresh = (xml: string, previous?: ConnectionState, at = NOW, more: Partial<Around> = {}) =>
  refreshSaml(connect(), previous, { clock: fixedClock(at), ...answering(xml), ...more });
const known = async () => (await refresh(metadataOf([idp.certificate]))).state;
const believed = (state: ConnectionState, at: number) => keysOf(connect(), state, at).map(bare);

const many = (count: number) => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return Array.from({ length: count }, (_, place) => selfSigned(privateKey, `key-${place}`));
};

const genuine = metadataOf([idp.certificate]);
const stranger = metadataOf([other.certificate], { id: "urn:stranger" });
const together = (...entities: string[]) =>
  `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${entities.join("")}</md:EntitiesDescriptor>`;

const INVALID = "provider_metadata_invalid";
const OTHER = "provider_metadata_other_entity";

/** What a provider that turned hostile, or that somebody else speaks for, may publish. */
const hostile: readonly [what: string, xml: string, code: RefusalCode][] = [
  ["another entity id", stranger, OTHER],
  ["another entity beside its own, and that one first", together(stranger, genuine), INVALID],
  ["a collection of somebody else alone", together(stranger), OTHER],
  ["itself twice", together(genuine, genuine), INVALID],
  ["an address in plain http", metadataOf([idp.certificate], { sso: "http://idp.example.com/sso" }), INVALID],
  ["an address that is a script", metadataOf([idp.certificate], { sso: "javascript:alert(1)" }), INVALID],
  ["this very machine", metadataOf([idp.certificate], { sso: "http://127.0.0.1/sso" }), INVALID],
  ["a bare private address", metadataOf([idp.certificate], { sso: "https://10.0.0.1/sso" }), INVALID],
  [
    "the metadata service of a cloud",
    metadataOf([idp.certificate], { sso: "https://169.254.169.254/" }),
    INVALID,
  ],
  ["a private address in IPv6", metadataOf([idp.certificate], { sso: "https://[fd00::1]/sso" }), INVALID],
  ["a name and a password", metadataOf([idp.certificate], { sso: "https://a:b@idp.example.com/" }), INVALID],
  ["seventeen keys", metadataOf(many(17)), INVALID],
  ["two thousand keys", metadataOf(Array(2000).fill(other.certificate)).replaceAll("MII", "MIJ"), INVALID],
  ["a key too weak to believe", metadataOf([weak]), INVALID],
  [
    "a key that is none",
    metadataOf(["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]),
    INVALID,
  ],
  ["ten megabytes", metadataOf([idp.certificate], { more: ` x="${"x".repeat(10_000_000)}"` }), INVALID],
  ["a document type", `<!DOCTYPE x [<!ENTITY a "b">]>${genuine}`, INVALID],
  ["entities that grow", `<!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b "&a;">]>${genuine}`, INVALID],
  ["an entity from a file", `<!DOCTYPE x SYSTEM "file:///etc/passwd">${genuine}`, INVALID],
  ["an instruction", `<?xml-stylesheet href="x"?>${genuine}`, INVALID],
  [
    "an end that is past",
    metadataOf([idp.certificate], { more: ' validUntil="2001-01-01T00:00:00Z"' }),
    "provider_metadata_expired",
  ],
  ["an end that is no instant", metadataOf([idp.certificate], { more: ' validUntil="soon"' }), INVALID],
  ["a depth of a hundred thousand", "<a>".repeat(100_000), INVALID],
  ["half of itself", genuine.slice(0, genuine.length >> 1), INVALID],
  ["a page", "<!doctype html><title>Maintenance</title>", INVALID],
  ["nothing", "", INVALID],
];

test("genuine metadata is learnt", async () => {
  const { state, alarms } = await refresh(genuine, await known());
  assert.deepEqual([state.failedWith, alarms], [undefined, []]);
});

for (const [what, xml, code] of hostile)
  test(`a provider that publishes ${what} is not believed: what was known stays, and an alarm says so`, async () => {
    const before = await known();
    const { state, alarms } = await refresh(xml, before, NOW + DAY);
    assert.deepEqual(state, { ...before, failedWith: code });
    assert.deepEqual(alarms, [`metadata_failed ${code}`]);
    const mended = await refresh(genuine, state, NOW + 2 * DAY);
    assert.deepEqual(mended.state, { ...before, refreshedAt: NOW + 2 * DAY });
  });

test("an address that the deployment lists is learnt, private or not", async () => {
  const xml = metadataOf([idp.certificate], { sso: "http://127.0.0.1:8710/sso" });
  assert.equal(
    (await refresh(xml, undefined, NOW, { privateHosts: ["127.0.0.1:8710"] })).state.failedWith,
    undefined,
  );
  assert.equal(
    (await refresh(xml, undefined, NOW, { privateHosts: ["127.0.0.1:8711"] })).state.failedWith,
    INVALID,
  );
});

test("an address that is refused is left out where another is not", async () => {
  const redirect = /<md:SingleSignOnService[^>]*>/.exec(genuine)?.[0] ?? "";
  const xml = genuine.replace(redirect, redirect.replace("https:", "http:") + redirect);
  const { state } = await refresh(xml);
  assert.deepEqual(state.ssoUrls, [{ binding: "redirect", url: "https://idp.example.com/sso" }]);
});

test("keys of a provider that publishes none any more end within a day, as any that it withdraws", async () => {
  const before = await known();
  const gone = await refresh(metadataOf([]), before);
  assert.equal(gone.state.failedWith, INVALID);
  assert.equal(gone.alarms[0], `metadata_failed ${INVALID}`);
  assert.match(gone.alarms[1] ?? "", /^key_withdrawn sha256:/);
  assert.equal(gone.alarms[2], "no_usable_key");
  const later = await refresh(metadataOf([]), gone.state, NOW + 3600);
  assert.deepEqual(later.alarms, [`metadata_failed ${INVALID}`, "no_usable_key"]);
  assert.deepEqual(believed(later.state, NOW + DAY - 1), [bare(idp.certificate)]);
  assert.deepEqual(believed(later.state, NOW + DAY), []);
  const back = await refresh(genuine, later.state, NOW + 7200);
  assert.deepEqual(back.state, { ...before, refreshedAt: NOW + 7200 });
});

test("a stranger who publishes no keys withdraws nobody's", async () => {
  const before = await known();
  const { state } = await refresh(metadataOf([], { id: "urn:stranger" }), before);
  assert.deepEqual(state, { ...before, failedWith: INVALID });
});

test("keys that are all replaced at once are believed for a day beside the new ones", async () => {
  const { state, alarms } = await refresh(metadataOf([next.certificate]), await known());
  assert.deepEqual(believed(state, NOW), [bare(next.certificate), bare(idp.certificate)]);
  assert.deepEqual(believed(state, NOW + DAY), [bare(next.certificate)]);
  assert.deepEqual(alarms.map((alarm) => alarm.split(" ")[0]).sort(), ["key_added", "key_withdrawn"]);
});

test("keys that are all replaced while new ones wait leave a day, and an alarm at once", async () => {
  const { state, alarms } = await refreshSaml(connect({ approveNewKeys: true }), await known(), {
    clock: fixedClock(NOW),
    ...answering(metadataOf([next.certificate])),
  });
  assert.deepEqual(believed(state, NOW), [bare(idp.certificate)]);
  assert.ok(alarms.includes("no_usable_key"), alarms.join());
});

test("a weak key beside a strong one is never believed to verify, and does not keep the strong one out", async () => {
  const { state } = await refresh(metadataOf([weak, idp.certificate]), await known());
  assert.equal(state.failedWith, undefined);
});

test("a key that an administrator ended stays ended: by any clock, and through being withdrawn and published again", async () => {
  const before = (await refresh(metadataOf([idp.certificate, next.certificate]))).state;
  const keys = before.keys.map((key, place) => (place === 0 ? { ...key, endsAt: ENDED } : key));
  let state: ConnectionState = { ...before, keys };
  const histories = [[next], [idp, next], [], [next], [idp, next]];
  for (const [place, published] of histories.entries()) {
    const certificates = published.map(({ certificate }) => certificate);
    ({ state } = await refresh(metadataOf(certificates), state, NOW + (place % 2 === 0 ? 600 : -600)));
    for (const at of [0, NOW - 600, NOW, NOW + 600])
      assert.ok(!believed(state, at).includes(bare(idp.certificate)), `round ${place} at ${at}`);
  }
  assert.ok(believed(state, NOW).includes(bare(next.certificate)));
});

test("a provider that cannot be reached keeps what it has, however often", async () => {
  const outbound = async () => {
    throw new Refusal("provider_unreachable", { reason: "timeout" });
  };
  const before = await known();
  let state = before;
  for (let round = 0; round < 5; round++)
    ({ state } = await refresh("", state, NOW + round * DAY, { outbound }));
  assert.deepEqual(state, { ...before, failedWith: "provider_unreachable" });
});
