import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { refreshSaml } from "../../lib/connectors/saml-refresh.ts";
import { endOf, rollOver } from "../../lib/connectors/saml-rollover.ts";
import type { ConnectionState, ProviderKey } from "../../lib/core/connection.ts";
import { Refusal } from "../../lib/core/errors.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { bare, KEYS, NOW } from "../saml/genuine.ts";
import { answering, connect, metadataOf as metadata } from "./saml-surroundings.ts";

const DAY = 86_400;
const ID = "https://idp.example.com";
const { idp, next, other } = KEYS;

const refresh = (
  xml: string | Uint8Array,
  previous?: ConnectionState,
  {
    change = {},
    at = NOW,
    status = 200,
  }: { change?: Record<string, unknown>; at?: number; status?: number } = {},
) => refreshSaml(connect(change), previous, { clock: fixedClock(at), ...answering(xml, status) });

const prints = (state: ConnectionState) => state.keys.map(({ certificate }) => bare(certificate));
const first = async (...certificates: string[]) => (await refresh(metadata(certificates))).state;

test("the first refresh believes every key and says nothing", async () => {
  const { state, alarms } = await refresh(metadata([idp.certificate, next.certificate]));
  assert.deepEqual(alarms, []);
  assert.deepEqual(prints(state), [bare(idp.certificate), bare(next.certificate)]);
  assert.deepEqual(state, {
    connection: "okta",
    entityId: ID,
    ssoUrls: [{ binding: "redirect", url: `${ID}/sso` }],
    wantsSignedRequests: false,
    keys: state.keys,
    refreshedAt: NOW,
  });
  assert.ok(
    state.keys.every((key) => key.seenAt === NOW && key.pending === undefined && key.endsAt === undefined),
  );
});

test("a refresh that finds the same changes nothing but its time", async () => {
  const before = await first(idp.certificate);
  const { state, alarms } = await refresh(metadata([idp.certificate]), before, { at: NOW + DAY });
  assert.deepEqual(alarms, []);
  assert.deepEqual(state, { ...before, refreshedAt: NOW + DAY });
});

test("a new key is believed at once and raises an alarm", async () => {
  const { state, alarms } = await refresh(
    metadata([idp.certificate, next.certificate]),
    await first(idp.certificate),
  );
  assert.deepEqual(state.keys[1]?.pending, undefined);
  assert.match(alarms.join(), /^key_added sha256:[0-9a-f]{16}$/);
});

test("a new key waits for an administrator where the connection says so, and keeps waiting", async () => {
  const change = { approveNewKeys: true };
  const both = metadata([idp.certificate, next.certificate]);
  const { state, alarms } = await refresh(both, await first(idp.certificate), { change });
  assert.equal(state.keys[1]?.pending, true);
  assert.match(alarms.join(), /waits for approval/);
  const again = await refresh(both, state, { change, at: NOW + DAY });
  assert.equal(again.state.keys[1]?.pending, true);
  assert.deepEqual(again.alarms, []);
});

test("at the first refresh no key waits: there would be none to sign in with", async () => {
  const { state } = await refresh(metadata([idp.certificate]), undefined, {
    change: { approveNewKeys: true },
  });
  assert.equal(state.keys[0]?.pending, undefined);
});

test("a withdrawn key ends within a day, whatever happens in between", async () => {
  const before = await first(idp.certificate, next.certificate);
  const withdrawn = await refresh(metadata([next.certificate]), before);
  const ends = withdrawn.state.keys.find(
    ({ certificate }) => bare(certificate) === bare(idp.certificate),
  )?.endsAt;
  assert.equal(ends, NOW + DAY);
  assert.match(withdrawn.alarms.join(), /^key_withdrawn sha256:/);
  const later = await refresh(metadata([next.certificate]), withdrawn.state, { at: NOW + 3600 });
  assert.equal(later.state.keys[1]?.endsAt, NOW + DAY);
  assert.deepEqual(later.alarms, []);
  const gone = await refresh(metadata([next.certificate]), later.state, { at: NOW + DAY });
  assert.deepEqual(prints(gone.state), [bare(next.certificate)]);
});

test("a withdrawn key that comes back in time is kept", async () => {
  const withdrawn = await refresh(
    metadata([next.certificate]),
    await first(idp.certificate, next.certificate),
  );
  const { state } = await refresh(metadata([idp.certificate, next.certificate]), withdrawn.state, {
    at: NOW + 60,
  });
  assert.ok(state.keys.every(({ endsAt }) => endsAt === undefined));
});

test("a key that an administrator ended stays ended although the provider still publishes it", async () => {
  const before = await first(idp.certificate, next.certificate);
  const [one, two] = before.keys as [ProviderKey, ProviderKey];
  const ended: ConnectionState = { ...before, keys: [{ ...one, endsAt: NOW - 1 }, two] };
  const { state } = await refresh(metadata([idp.certificate, next.certificate]), ended, { at: NOW + DAY });
  assert.equal(state.keys[0]?.endsAt, NOW - 1);
});

test("a pending key that is withdrawn is forgotten", async () => {
  const before = await first(idp.certificate);
  const waiting = {
    ...before,
    keys: [...before.keys, { certificate: other.certificate, seenAt: NOW, pending: true }],
  };
  const { state } = await refresh(metadata([idp.certificate]), waiting);
  assert.equal(state.keys.length, 1);
});

for (const [what, xml, options, code] of [
  ["that cannot be read", "<html>", {}, "provider_metadata_invalid"],
  ["that is no UTF-8", new Uint8Array([0xff, 0xfe, 0x3c]), {}, "provider_metadata_invalid"],
  [
    "that has ended",
    metadata([idp.certificate], { more: ' validUntil="2031-03-04T05:06:07Z"' }),
    {},
    "provider_metadata_expired",
  ],
  [
    "of another provider",
    metadata([other.certificate], { id: "urn:other" }),
    {},
    "provider_metadata_other_entity",
  ],
  ["that is an error page", metadata([idp.certificate]), { status: 500 }, "provider_unreachable"],
  ["that moved", metadata([idp.certificate]), { status: 302 }, "provider_unreachable"],
] as const)
  test(`metadata ${what} changes nothing, and is said`, async () => {
    const before = await first(idp.certificate);
    const { state, alarms } = await refresh(xml, before, options);
    assert.deepEqual(state, { ...before, failedWith: code });
    assert.deepEqual(alarms, [`metadata_failed ${code}`]);
  });

test("a refresh that works again forgets the failure", async () => {
  const failed = (await refresh("<html>", await first(idp.certificate))).state;
  assert.equal((await refresh(metadata([idp.certificate]), failed)).state.failedWith, undefined);
});

test("a provider that cannot be reached changes nothing", async () => {
  const outbound = async () => {
    throw new Refusal("provider_unreachable", { reason: "timeout" });
  };
  const { state } = await refreshSaml(connect(), undefined, { clock: fixedClock(NOW), outbound });
  assert.deepEqual(state, {
    connection: "okta",
    keys: [],
    refreshedAt: NOW,
    failedWith: "provider_unreachable",
  });
});

test("an administrator who names another provider gets its keys and none of the old", async () => {
  const change = { issuer: "urn:other" };
  const { state, alarms } = await refresh(
    metadata([other.certificate], { id: "urn:other" }),
    await first(idp.certificate),
    { change },
  );
  assert.deepEqual(prints(state), [bare(other.certificate)]);
  assert.deepEqual(alarms, []);
});

test("an address that moved and metadata about to end are said", async () => {
  const more = ' validUntil="2031-03-10T00:00:00Z"';
  const { state, alarms } = await refresh(
    metadata([idp.certificate], { sso: `${ID}/moved`, more }),
    await first(idp.certificate),
  );
  assert.deepEqual(alarms, ["sso_url_changed", "metadata_ends_soon"]);
  assert.equal(state.validUntil, Date.parse("2031-03-10T00:00:00Z") / 1000);
});

test("metadata in the connection itself asks nobody", async () => {
  const { asked, outbound } = answering("");
  const connection = connect({ metadata: { xml: metadata([idp.certificate]) } });
  const { state } = await refreshSaml(connection, undefined, { clock: fixedClock(NOW), outbound });
  assert.deepEqual([state.entityId, asked.length], [ID, 0]);
});

test("a connection without metadata is what an administrator wrote", async () => {
  const { asked, outbound } = answering("");
  const written = {
    metadata: undefined,
    issuer: "urn:x",
    ssoUrl: `${ID}/sso`,
    ssoBinding: "post",
    certificates: [idp.certificate],
  };
  const { state } = await refreshSaml(connect(written), undefined, { clock: fixedClock(NOW), outbound });
  assert.deepEqual(state, {
    connection: "okta",
    entityId: "urn:x",
    ssoUrls: [{ binding: "post", url: `${ID}/sso` }],
    keys: [{ certificate: idp.certificate, seenAt: NOW }],
    refreshedAt: NOW,
  });
  assert.equal(asked.length, 0);
});

test("a file is for the command line to read", async () => {
  const { state } = await refresh("", undefined, { change: { metadata: { file: "okta.xml" } } });
  assert.equal(state.failedWith, "provider_metadata_invalid");
});

test("through any history of publishing, a key that is not published is not believed for more than a day", () => {
  const step = fc.record({
    after: fc.integer({ min: 1, max: 2 * DAY }),
    keys: fc.subarray(["aaaa", "bbbb", "cccc"], { minLength: 1 }),
  });
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.constantFrom("believe" as const, "wait" as const),
      (steps, newKeys) => {
        let now = NOW;
        let keys: readonly ProviderKey[] | undefined;
        for (const { after, keys: certificates } of steps) {
          now += after;
          keys = rollOver(keys, certificates, { now, newKeys }).keys;
          for (const key of keys)
            if (!certificates.includes(key.certificate))
              assert.ok(endOf(key) <= now + DAY, "ends within a day of the round that missed it");
          assert.equal(new Set(keys.map((key) => key.certificate)).size, keys.length);
          assert.deepEqual(
            keys.slice(0, certificates.length).map((key) => key.certificate),
            certificates,
          );
        }
      },
    ),
    { numRuns: 500 },
  );
});
