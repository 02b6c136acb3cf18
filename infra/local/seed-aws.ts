import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  ListAliasesCommand,
  SignCommand,
} from "@aws-sdk/client-kms";
import { KEY_PURPOSES, type KeyPurpose, type KeyRecord } from "../../lib/core/signer.ts";
import { makeKeyRecord } from "../../lib/saml/certificate.ts";
import { AUDIT_KEY, accountCredentials } from "./environment.ts";

/** IAM roles of the demo accounts: what each may do, and how long a session may last. */
export interface DemoRole {
  readonly accountId: string;
  readonly roleName: string;
  readonly maxSessionSeconds: number;
}

/** What the demo roles may do, by IAM name: the end of a managed policy's ARN, or a policy of its own. */
const PERMISSIONS: Readonly<Record<string, string | object>> = {
  "sekisho-Admin": "AdministratorAccess",
  "sekisho-ReadOnly": "ReadOnlyAccess",
  "sekisho-Analyst": {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"],
      },
      { Effect: "Allow", Action: ["athena:*", "glue:Get*"], Resource: "*" },
    ],
  },
  "sekisho-Support": "job-function/ViewOnlyAccess",
  "sekisho-Deploy": {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["s3:*", "lambda:*", "cloudformation:*"], Resource: "*" },
      { Effect: "Allow", Action: "iam:PassRole", Resource: "arn:aws:iam::*:role/app-*" },
    ],
  },
};

/** Who may assume a role of ours: our SAML provider in the same account, with tags and a source identity. */
const trustPolicy = (accountId: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: `arn:aws:iam::${accountId}:saml-provider/sekisho` },
        Action: ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"],
        Condition: { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } },
      },
    ],
  });

/** Registers the broker in one account and makes its roles there, as an operator does once per account. */
export async function seedAccount(
  endpoint: string,
  accountId: string,
  { metadata, roles }: { readonly metadata: string; readonly roles: readonly DemoRole[] },
): Promise<void> {
  const iam = new IAMClient({ endpoint, region: "us-east-1", credentials: accountCredentials(accountId) });
  try {
    await iam.send(new CreateSAMLProviderCommand({ Name: "sekisho", SAMLMetadataDocument: metadata }));
    await Promise.all(roles.map((role) => makeRole(iam, role)));
  } finally {
    iam.destroy();
  }
}

async function makeRole(iam: IAMClient, { accountId, roleName, maxSessionSeconds }: DemoRole): Promise<void> {
  await iam.send(
    new CreateRoleCommand({
      RoleName: roleName,
      MaxSessionDuration: maxSessionSeconds,
      AssumeRolePolicyDocument: trustPolicy(accountId),
    }),
  );
  const permissions = PERMISSIONS[roleName];
  if (typeof permissions === "string")
    await iam.send(
      new AttachRolePolicyCommand({
        RoleName: roleName,
        PolicyArn: `arn:aws:iam::aws:policy/${permissions}`,
      }),
    );
  else if (permissions)
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: roleName,
        PolicyName: "permissions",
        PolicyDocument: JSON.stringify(permissions),
      }),
    );
}

const nameOf = (purpose: KeyPurpose): string => `Sekisho ${purpose}`;

/** Makes the broker's keys in the KMS look-alike and their certificates: what `sekisho keys init` does with real ones. */
export async function makeKeys(endpoint: string, brokerAccount: string): Promise<readonly KeyRecord[]> {
  const kms = new KMSClient({
    endpoint,
    region: "us-east-1",
    credentials: accountCredentials(brokerAccount),
  });
  try {
    const made = await Promise.all(KEY_PURPOSES.map((purpose) => makeKey(kms, purpose)));
    const signing = made.find(({ purpose }) => purpose === "sp-sign");
    if (!signing) throw new Error("no sp-sign key was made");
    return await Promise.all(made.map((key) => certify(kms, key, signing.keyId)));
  } finally {
    kms.destroy();
  }
}

/** Makes the key that seals the audit trail, unless a kept stack has one. */
export async function ensureAuditKey(endpoint: string, brokerAccount: string): Promise<void> {
  const kms = new KMSClient({
    endpoint,
    region: "us-east-1",
    credentials: accountCredentials(brokerAccount),
  });
  try {
    const { Aliases = [] } = await kms.send(new ListAliasesCommand({}));
    if (Aliases.some(({ AliasName }) => AliasName === AUDIT_KEY)) return;
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({
        KeySpec: "ECC_NIST_P256",
        KeyUsage: "SIGN_VERIFY",
        Description: "Sekisho audit",
      }),
    );
    await kms.send(new CreateAliasCommand({ AliasName: AUDIT_KEY, TargetKeyId: KeyMetadata?.KeyId }));
  } finally {
    kms.destroy();
  }
}

interface MadeKey {
  readonly purpose: KeyPurpose;
  readonly keyId: string;
  readonly publicKeyDer: Uint8Array;
  readonly createdAt: number;
}

async function makeKey(kms: KMSClient, purpose: KeyPurpose): Promise<MadeKey> {
  const { KeyMetadata: key } = await kms.send(
    new CreateKeyCommand({
      KeySpec: "RSA_2048",
      KeyUsage: purpose === "sp-decrypt" ? "ENCRYPT_DECRYPT" : "SIGN_VERIFY",
      Description: nameOf(purpose),
    }),
  );
  const { PublicKey: publicKeyDer } = await kms.send(new GetPublicKeyCommand({ KeyId: key?.Arn }));
  if (!key?.Arn || !publicKeyDer || !key.CreationDate) throw new Error(`the ${purpose} key was not made`);
  return { purpose, keyId: key.Arn, publicKeyDer, createdAt: Math.floor(key.CreationDate.getTime() / 1000) };
}

/** @param signing Key that vouches for a key that cannot sign. */
function certify(kms: KMSClient, key: MadeKey, signing: string): Promise<KeyRecord> {
  const own = key.purpose !== "sp-decrypt";
  return makeKeyRecord({
    purpose: key.purpose,
    keyId: key.keyId,
    publicKeyDer: key.publicKeyDer,
    sign: async (digest) => {
      const { Signature } = await kms.send(
        new SignCommand({
          KeyId: own ? key.keyId : signing,
          Message: digest,
          MessageType: "DIGEST",
          SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
        }),
      );
      if (!Signature) throw new Error("KMS did not sign");
      return Signature;
    },
    subjectName: nameOf(key.purpose),
    ...(own ? {} : { issuerName: nameOf("sp-sign") }),
    now: key.createdAt,
  });
}
