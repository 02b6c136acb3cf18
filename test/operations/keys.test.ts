import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import test, { after, before } from "node:test";
import { openWalk, type Walk } from "./walk.ts";

let walk: Walk;
before(async () => {
  walk = await openWalk("keys");
});
after(() => walk.end());

const states = (printed: string) =>
  [...printed.matchAll(/^(\w+) +([a-z-]+) /gm)].map(([, state, purpose]) => `${purpose} ${state}`);
const metadata = async () => (await fetch(`${walk.stack.url}/saml/idp/metadata`)).text();

test("the documented commands give a fresh broker its three keys", async () => {
  assert.match(await metadata(), /keys_missing/);
  const made = await walk.follow("Make the certificates");
  assert.deepEqual(states(made), ["issuer-aws new", "sp-sign new", "sp-decrypt new"]);
  const listed = await walk.follow("See what the broker knows");
  assert.deepEqual(states(listed).sort(), ["issuer-aws active", "sp-decrypt active", "sp-sign active"]);
});

test("the metadata then carries a certificate over the stack's own key", async () => {
  walk.later(60);
  const [, der = ""] = /<(?:\w+:)?X509Certificate>([^<]+)</.exec(await metadata()) ?? [];
  const certificate = new X509Certificate(Buffer.from(der, "base64"));
  assert.equal(certificate.subject, "CN=Sekisho issuer-aws");
  assert.ok(certificate.verify(certificate.publicKey));
});

test("running them again changes nothing", async () => {
  const before = await metadata();
  const again = await walk.follow("Make the certificates");
  assert.deepEqual(states(again), ["issuer-aws unchanged", "sp-sign unchanged", "sp-decrypt unchanged"]);
  walk.later(60);
  assert.equal(await metadata(), before);
});
