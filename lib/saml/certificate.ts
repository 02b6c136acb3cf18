import { createHash } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  Extension,
  Extensions,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import type { KeyPurpose, KeyRecord } from "../core/signer.ts";
import { type Epoch, toDate } from "../core/time.ts";
import { toPem } from "./pem.ts";

/** A certificate lasts ten years: IAM and most service providers ignore its end, some do not. */
const LIFETIME_SECONDS = 10 * 365 * 86_400;
const SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
const COMMON_NAME = "2.5.4.3";
/** DER of ASN.1 NULL, which RFC 4055 §5 wants as the parameters of RSA algorithms. */
const NULL = new Uint8Array([5, 0]).buffer;

/** What a certificate says and who vouches for it. */
export interface KeyToCertify {
  readonly purpose: KeyPurpose;
  /** KMS key id or ARN. */
  readonly keyId: string;
  /** SubjectPublicKeyInfo, DER, as KMS GetPublicKey answers. */
  readonly publicKeyDer: Uint8Array;
  /**
   * Signs a SHA-256 digest with RSASSA-PKCS1-v1_5: with the key itself, or, for a key that only decrypts, with
   * another (then name it in `issuerName`).
   */
  readonly sign: (digest: Uint8Array) => Promise<Uint8Array>;
  /** Common name. */
  readonly subjectName: string;
  /** Common name of the certificate whose key signs; the subject's own by default. */
  readonly issuerName?: string;
  /** Start of the ten years. The same key and instant give the same bytes: take the key's own date of birth. */
  readonly now: Epoch;
}

/**
 * Makes the X.509 certificate over a key that cannot be exported.
 *
 * Serial number, dates and signature depend on the input alone, so a second run over the same key and instant makes
 * the same bytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280
 */
export async function makeKeyRecord(key: KeyToCertify): Promise<KeyRecord> {
  const tbs = tbsCertificate(key);
  const digest = createHash("sha256")
    .update(Buffer.from(AsnConvert.serialize(tbs)))
    .digest();
  const signature = await key.sign(digest);
  const certificate = new Certificate({
    tbsCertificate: tbs,
    signatureAlgorithm: rsaSha256(),
    signatureValue: new Uint8Array(signature).buffer,
  });
  return {
    purpose: key.purpose,
    keyId: key.keyId,
    certificate: toPem(Buffer.from(AsnConvert.serialize(certificate))),
    state: "active",
    createdAt: key.now,
  };
}

function tbsCertificate(key: KeyToCertify): TBSCertificate {
  const starts = new Uint8Array(new ArrayBuffer(8));
  new DataView(starts.buffer).setBigUint64(0, BigInt(key.now));
  const serial = createHash("sha256").update(key.publicKeyDer).update(starts).digest().subarray(0, 16);
  // A serial number is positive and has no leading zero.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return new TBSCertificate({
    version: Version.v3,
    serialNumber: new Uint8Array(serial).buffer,
    signature: rsaSha256(),
    issuer: commonName(key.issuerName ?? key.subjectName),
    validity: new Validity({ notBefore: toDate(key.now), notAfter: toDate(key.now + LIFETIME_SECONDS) }),
    subject: commonName(key.subjectName),
    subjectPublicKeyInfo: AsnConvert.parse(key.publicKeyDer, SubjectPublicKeyInfo),
    extensions: extensionsFor(key.purpose),
  });
}

const rsaSha256 = () => new AlgorithmIdentifier({ algorithm: SHA256_WITH_RSA, parameters: NULL });

const commonName = (name: string): Name =>
  new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type: COMMON_NAME, value: new AttributeValue({ utf8String: name }) }),
    ]),
  ]);

function extensionsFor(purpose: KeyPurpose): Extensions {
  const usage = purpose === "sp-decrypt" ? KeyUsageFlags.keyEncipherment : KeyUsageFlags.digitalSignature;
  return new Extensions([
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: false })),
    extension(id_ce_keyUsage, new KeyUsage(usage)),
  ]);
}

const extension = (extnID: string, value: unknown): Extension =>
  new Extension({ extnID, critical: true, extnValue: new OctetString(AsnConvert.serialize(value)) });
