/** A certificate's DER as PEM, 64 characters a line. */
export function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** What stands between the lines of a PEM certificate, on one line; a bare body stays as it is. */
export const certificateBody = (pem: string): string =>
  pem.replace(/-----(?:BEGIN|END) CERTIFICATE-----/g, "").replace(/\s+/g, "");
