import { type KeyObject, randomBytes, sign } from "node:crypto";

// DER by hand: the tests need a certificate and nothing of a certificate library.
const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), body]);
};
const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const utcTime = (text: string) => der(0x17, Buffer.from(text));

const SHA256_WITH_RSA = sequence(oid("2a864886f70d01010b"), der(0x05));
const NAME = sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from("Test")))));

/** An extension of X.509, such as `551d0f` (key usage), with a value that nothing here reads. */
export const extension = (hex: string): Buffer => sequence(oid(hex), der(0x04, der(0x05)));

/** A self-signed certificate that expired long ago, which IAM does not mind; base64 DER. */
export function selfSigned(
  privateKey: KeyObject,
  publicKey: KeyObject,
  extensions: readonly Buffer[] = [],
): string {
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    SHA256_WITH_RSA,
    NAME,
    sequence(utcTime("200101000000Z"), utcTime("210101000000Z")),
    NAME,
    publicKey.export({ format: "der", type: "spki" }),
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  );
  const signature = sign("sha256", body, privateKey);
  return sequence(body, SHA256_WITH_RSA, der(0x03, Buffer.from([0]), signature)).toString("base64");
}
