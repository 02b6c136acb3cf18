import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import test from "node:test";
import { makeKeyRecord } from "../../lib/saml/certificate.ts";
import { newIssuer, signWith } from "../aws/issuer.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicKeyDer = createPublicKey(privateKey).export({ type: "spki", format: "der" });
const key = {
  purpose: "issuer-aws",
  keyId: "k-1",
  publicKeyDer,
  sign: signWith(privateKey),
  subjectName: "Sekisho issuer-aws",
  now: 1_790_000_000,
} as const;

test("a certificate is over the key it was made for, signed by it, for ten years", async () => {
  const record = await makeKeyRecord(key);
  const certificate = new X509Certificate(record.certificate);
  assert.equal(certificate.verify(certificate.publicKey), true);
  assert.ok(certificate.publicKey.equals(createPublicKey(privateKey)));
  assert.equal(certificate.subject, "CN=Sekisho issuer-aws");
  assert.equal(Date.parse(certificate.validFrom) / 1000, key.now);
  assert.equal(Date.parse(certificate.validTo) / 1000, key.now + 3650 * 86_400);
  assert.equal(certificate.ca, false);
  assert.deepEqual(
    [record.keyId, record.purpose, record.state, record.createdAt],
    ["k-1", "issuer-aws", "active", key.now],
  );
});

test("the same key and instant make the same bytes", async () => {
  const [once, twice] = await Promise.all([makeKeyRecord(key), makeKeyRecord(key)]);
  assert.equal(once.certificate, twice.certificate);
});

test("another instant makes another serial number", async () => {
  const serial = async (now: number) =>
    new X509Certificate((await makeKeyRecord({ ...key, now })).certificate).serialNumber;
  assert.notEqual(await serial(key.now), await serial(key.now + 1));
});

test("a key that only decrypts is vouched for by another", async () => {
  const { key: signing } = await newIssuer("sp-sign");
  const record = await makeKeyRecord({
    ...key,
    purpose: "sp-decrypt",
    sign: signWith(signing),
    subjectName: "Sekisho sp-decrypt",
    issuerName: "Sekisho sp-sign",
  });
  const certificate = new X509Certificate(record.certificate);
  assert.equal(certificate.verify(createPublicKey(signing)), true);
  assert.deepEqual(
    [certificate.subject, certificate.issuer],
    ["CN=Sekisho sp-decrypt", "CN=Sekisho sp-sign"],
  );
});

test("OpenSSL reads it, twenty years on too", async () => {
  const { certificate } = await makeKeyRecord({ ...key, now: Date.parse("2046-01-01T00:00:00Z") / 1000 });
  const { status, stdout } = spawnSync("openssl", ["x509", "-noout", "-text"], { input: certificate });
  assert.equal(status, 0);
  assert.match(String(stdout), /sha256WithRSAEncryption/);
  assert.match(String(stdout), /Not After : Dec 30 00:00:00 2055 GMT/);
  assert.match(String(stdout), /Key Usage: critical\s+Digital Signature\n/);
});
