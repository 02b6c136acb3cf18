import assert from "node:assert/strict";
import test from "node:test";
import { EMPTY_HEAD } from "../../lib/core/rule-set.ts";
import type { KeyPurpose, KeyRecord } from "../../lib/core/signer.ts";
import { connectionMetadata } from "../../lib/flows/publish-metadata.ts";
import { connection, world } from "../rules/things.ts";
import { bare, KEYS } from "../saml/genuine.ts";

const okta = connection("okta");
const record = (purpose: KeyPurpose, name: keyof typeof KEYS, state: KeyRecord["state"]): KeyRecord => ({
  purpose,
  keyId: name,
  certificate: KEYS[name].certificate,
  state,
  createdAt: 0,
});

test("a provider that encrypts to the first certificate takes the one in use, never one on its way out", async () => {
  const keys = async (purpose: KeyPurpose) =>
    purpose === "sp-decrypt"
      ? [record(purpose, "sp", "retired"), record(purpose, "next", "next"), record(purpose, "idp", "active")]
      : [record(purpose, "other", "active")];
  const here = world([okta]);
  const rules = { head: async () => EMPTY_HEAD, world: async () => here, rules: async () => [] };
  const config = { url: "https://broker.example.com" };
  const xml = await connectionMetadata({ keys, rules, config } as never, "okta");
  const places = [KEYS.idp, KEYS.next, KEYS.sp].map(({ certificate }) =>
    xml.replace(/\s/g, "").indexOf(bare(certificate)),
  );
  assert.ok(
    places.every((place) => place > 0),
    "all are published",
  );
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});
