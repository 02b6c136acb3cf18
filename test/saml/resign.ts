/** Signs a SignedInfo again after a change, with xml-crypto's canonicalization and node:crypto. */
import { sign } from "node:crypto";
import { DOMParser } from "@xmldom/xmldom";
import { ExclusiveCanonicalization } from "xml-crypto";
import { KEYS, type TestKey } from "./genuine.ts";

const DSIG = 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"';

/** Exclusive canonical form of a fragment, by xml-crypto. */
export function canonicalOf(fragment: string, inclusivePrefixes: readonly string[] = []): string {
  const root = new DOMParser().parseFromString(fragment, "text/xml").documentElement;
  const options = { inclusiveNamespacesPrefixList: [...inclusivePrefixes], ancestorNamespaces: [] };
  return String(new ExclusiveCanonicalization().process(root as never, options));
}

/**
 * Changes a signed document and makes the first signature's value right again, so that what is refused is the change
 * and not the signature. Digests are left as they are.
 */
export const resigned =
  (change: (xml: string) => string, key: TestKey = KEYS.idp, algorithm = "sha256") =>
  (xml: string): string => {
    const changed = change(xml);
    const info = /<ds:SignedInfo.*?<\/ds:SignedInfo>/s.exec(changed)?.[0];
    if (info === undefined) throw new Error("no SignedInfo");
    const bytes = Buffer.from(canonicalOf(info.replace("<ds:SignedInfo", `<ds:SignedInfo ${DSIG}`)));
    const value = sign(algorithm, bytes, { key: key.key, dsaEncoding: "ieee-p1363" }).toString("base64");
    return changed.replace(/(<ds:SignatureValue>)[^<]*/, (_, tag) => tag + value);
  };
