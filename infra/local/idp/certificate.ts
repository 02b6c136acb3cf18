import { createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";

/** One DER element. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const size: number[] = [];
  for (let rest = content.length; rest > 0; rest >>>= 8) size.unshift(rest & 255);
  const length = content.length < 128 ? [content.length] : [0x80 | size.length, ...size];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...contents: Uint8Array[]): Buffer => der(0x30, ...contents);
/** `sha256WithRSAEncryption` with its NULL parameter, RFC 4055. */
const ALGORITHM = sequence(Buffer.from("06092a864886f70d01010b", "hex"), der(0x05));
const COMMON_NAME = Buffer.from("0603550403", "hex");
const TEN_YEARS = 10 * 365 * 86_400_000;

/** UTCTime, good until 2049. */
const utcTime = (at: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));

/**
 * A self-signed certificate over a demo provider's key, valid from yesterday for ten years.
 *
 * @returns DER in base64 without line breaks.
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
export function selfSigned(key: KeyObject, commonName: string): string {
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(commonName)))));
  const from = Date.now() - 86_400_000;
  const toBeSigned = sequence(
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ALGORITHM,
    name,
    sequence(utcTime(from), utcTime(from + TEN_YEARS)),
    name,
    createPublicKey(key).export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", toBeSigned, key);
  return sequence(toBeSigned, ALGORITHM, der(0x03, Buffer.from([0]), signature)).toString("base64");
}
