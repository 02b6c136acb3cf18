import assert from "node:assert/strict";
import { createPublicKey, verify, X509Certificate } from "node:crypto";
import type { Stack } from "../http/stack.ts";
import { seal } from "../saml/genuine.ts";
import { formOf, newPerson, type Page } from "../support/person.ts";

/** Certificates of our metadata for a use, as an administrator copies them into the application at Okta. */
export async function published(stack: Stack, use: "signing" | "encryption"): Promise<readonly string[]> {
  const metadata = await (await fetch(`${stack.url}/saml/okta/metadata`)).text();
  const keys = [
    ...metadata.matchAll(
      new RegExp(`<(?:\\w+:)?KeyDescriptor use="${use}">([\\s\\S]*?)</(?:\\w+:)?KeyDescriptor>`, "g"),
    ),
  ];
  return keys.map(([, inner = ""]) => {
    const [, text = ""] = /X509Certificate>([^<]+)</.exec(inner) ?? [];
    return new X509Certificate(Buffer.from(text, "base64")).toString();
  });
}

/** Whether an Okta that demands signed requests, and holds these certificates, takes the broker's request. */
export async function takesRequest(stack: Stack, certificates: readonly string[]): Promise<boolean> {
  const { headers } = await newPerson().open(`${stack.url}/signin/okta`, { stopAt: /SAMLRequest=/ });
  const [, query = ""] = /\?(.*)$/.exec(headers.get("location") ?? "") ?? [];
  const [signed = "", signature = ""] = query.split("&Signature=");
  assert.ok(signature !== "", "the request is signed");
  const value = Buffer.from(decodeURIComponent(signature), "base64");
  return certificates.some((pem) => verify("sha256", Buffer.from(signed), createPublicKey(pem), value));
}

/** Signs in at an Okta that encrypts to this certificate, and answers where the broker led. */
export async function signInEncrypted(stack: Stack, certificate: string): Promise<Page> {
  const person = newPerson();
  const asked = await person.open(`${stack.url}/signin/okta`);
  const form = formOf(asked, /password/i);
  assert.equal(form.method, "POST");
  const answered = await person.send(asked, { username: "sre", password: "sre" }, { which: /password/i });
  const xml = Buffer.from(formOf(answered).fields.SAMLResponse ?? "", "base64").toString("utf8");
  const SAMLResponse = Buffer.from(encrypted(xml, certificate)).toString("base64");
  return person.send(answered, { SAMLResponse }, { which: /SAMLResponse/ });
}

/** The response with its assertion encrypted. What signed the response signed another text, so that goes. */
function encrypted(xml: string, certificate: string): string {
  const assertion = /<saml2:Assertion[\s\S]*<\/saml2:Assertion>/.exec(xml)?.[0] ?? "";
  assert.ok(assertion.includes("<ds:Signature"), "the assertion is signed by itself");
  const recipient = { certificate, key: "", path: "" };
  return xml
    .replace(/<ds:Signature[\s\S]*?<\/ds:Signature>(?=<saml2p:Status>)/, "")
    .replace(assertion, () => seal(assertion, { recipient }));
}
