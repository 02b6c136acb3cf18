import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import test from "node:test";
import fc from "fast-check";
import { isPublicAddress } from "../../lib/connectors/addresses.ts";

const notPublic = `0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.0.9
  169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1
  198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
  :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe ::ffff:0:1 ::127.0.0.1 64:ff9b::169.254.169.254
  64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:0:53aa:64c:0:5efe:7f00:1 2001:db8::1 2001:10::1 2002:7f00:1::
  2002:a9fe:a9fe::1 3fff::1 3ffe::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%lo fec0::1 ff02::1 ff0e::1 4000::1`.split(
  /\s+/,
);
const yesPublic = `1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0
  192.167.255.255 223.255.255.255 2606:4700::1111 2001:4860:4860::8888 2a00:1450:4001:80b::200e
  ::ffff:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b::808:808`.split(/\s+/);

for (const address of notPublic)
  test(`${address} is not public`, () => assert.equal(isPublicAddress(address), false));
for (const address of yesPublic)
  test(`${address} is public`, () => assert.equal(isPublicAddress(address), true));
for (const text of ["", "localhost", "1.2.3", "1.2.3.4.5", "[::1]", "0x7f000001", "127.0.0.1 ", "::g"])
  test(`"${text}" is no address and so not public`, () => assert.equal(isPublicAddress(text), false));

test("an IPv4 address is judged alike however IPv6 wraps it", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.constantFrom("::ffff:", "64:ff9b::"), (address, prefix) => {
      const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
      const hex = `${prefix}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
      assert.ok(isIPv6(hex));
      const plain = isPublicAddress(address);
      assert.equal(isPublicAddress(`${prefix}${address}`), plain);
      assert.equal(isPublicAddress(hex), plain);
    }),
  );
});

test("no text makes the judgement throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.ipV6(), fc.ipV4Extended()),
      (text) => typeof isPublicAddress(text) === "boolean",
    ),
  );
});
