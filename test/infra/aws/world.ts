import { generateKeyPairSync } from "node:crypto";
import type { TestContext } from "node:test";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { STSClient } from "@aws-sdk/client-sts";
import { startAws } from "../../../infra/local/aws/server.ts";
import { selfSigned } from "./certificate.ts";

export const PROD = "111111111111";
export const BROKER = "999999999999";

/** A clock the test moves by hand; it starts in the present, since SDKs sign with theirs. */
export interface HandClock {
  at: number;
  now(): number;
}

export const handClock = (): HandClock => ({
  at: Math.floor(Date.now() / 1000),
  now() {
    return this.at;
  },
});

type Options = Omit<Parameters<typeof startAws>[0], "port" | "host" | "clock">;

/** The look-alike on a free port, stopped with the test. */
export async function openAws(t: TestContext, clock: HandClock, more: Options = {}) {
  const aws = await startAws({ port: 0, host: "127.0.0.1", clock, ...more });
  t.after(() => aws.stop());
  return aws;
}

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export const administrator = (account: string): Keys => ({
  accessKeyId: `AKIALOCAL${account}`,
  secretAccessKey: `local-secret-${account}`,
});

/** Stock SDK clients. */
export function clients(endpoint: string, credentials: Keys, region = "us-east-1") {
  const options = { endpoint, region, credentials, maxAttempts: 1 };
  return {
    iam: new IAMClient(options),
    sts: new STSClient(options),
    kms: new KMSClient(options),
    secrets: new SecretsManagerClient(options),
    organizations: new OrganizationsClient(options),
  };
}

export interface IdentityProvider {
  readonly entityId: string;
  /** PKCS#8 PEM. */
  readonly privateKey: string;
  /** base64 DER. */
  readonly certificate: string;
}

/** A key, and a self-signed certificate over it. */
export function makeProvider(
  entityId = "https://broker.example.com/saml/idp/metadata",
  modulusLength = 2048,
  extensions: readonly Buffer[] = [],
): IdentityProvider {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength });
  return {
    entityId,
    privateKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    certificate: selfSigned(privateKey, publicKey, extensions),
  };
}

const keyDescriptor = (certificate: string) =>
  `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`;

/** Metadata as a provider publishes it. */
export const metadataOf = (
  provider: IdentityProvider,
  certificates: readonly string[] = [provider.certificate],
): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${provider.entityId}" validUntil="2021-01-01T00:00:00Z"><md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${certificates.map(keyDescriptor).join("")}<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://broker.example.com/saml/idp/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`;

export const providerArn = (account = PROD, partition = "aws") =>
  `arn:${partition}:iam::${account}:saml-provider/sekisho`;
export const roleArn = (name: string, account = PROD, partition = "aws") =>
  `arn:${partition}:iam::${account}:role/${name}`;

/** A trust policy that allows the three actions a tagged sign-in needs, on a condition. */
export const trustPolicy = (
  condition: object = { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } },
  actions: readonly string[] = ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"],
  provider = providerArn(),
): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Federated: provider }, Action: actions, Condition: condition },
    ],
  });

/** A policy variable as policies write it. */
export const variable = (name: string): string => `\u0024{${name}}`;

export const allowing = (...actions: string[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
  });
