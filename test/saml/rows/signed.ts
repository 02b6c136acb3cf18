import { createHmac } from "node:crypto";
import { KEYS, SIGNED, swap } from "../genuine.ts";
import { resigned } from "../resign.ts";

export const signed = SIGNED.assertion;
export const DSIG = "http://www.w3.org/2000/09/xmldsig#";
export const MORE = "http://www.w3.org/2001/04/xmldsig-more#";
export const INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
export const SIGNATURE = /<ds:Signature .*?<\/ds:Signature>/s;
export const REFERENCE = /<ds:Reference .*<\/ds:Reference>/s;
export const TRANSFORMS = /<ds:Transforms>.*<\/ds:Transforms>/s;
export const KEY_INFO = /<ds:KeyInfo>.*?<\/ds:KeyInfo>/s;
export const reference = REFERENCE.exec(signed)?.[0] ?? "";

export const change = (from: string | RegExp, to: string) => () => swap(from, to)(signed);

/** Changed within SignedInfo, and signed again by the provider's own key. */
export const resign = (from: string | RegExp, to: string) => () => resigned(swap(from, to))(signed);
export const transforms = (...names: string[]) =>
  `<ds:Transforms>${names.map((name) => `<ds:Transform Algorithm="${name}"/>`).join("")}</ds:Transforms>`;
export const digestOf = (xml: string): string => /<ds:DigestValue>([^<]*)/.exec(xml)?.[1] ?? "";
export const flip = (text: string): string => (text.startsWith("A") ? "B" : "A") + text.slice(1);

export function hmac(algorithm: string, hash: string): () => string {
  return () => {
    const renamed = swap(`${MORE}rsa-sha256`, algorithm)(signed);
    const info = /<ds:SignedInfo.*?<\/ds:SignedInfo>/s.exec(renamed)?.[0] ?? "";
    const value = createHmac(hash, KEYS.idp.certificate)
      .update(info.replace("<ds:SignedInfo", `<ds:SignedInfo xmlns:ds="${DSIG}"`))
      .digest("base64");
    return swap(/(?<=<ds:SignatureValue>)[^<]*/, value)(renamed);
  };
}
