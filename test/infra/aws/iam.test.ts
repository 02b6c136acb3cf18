import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteSAMLProviderCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetSAMLProviderCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListSAMLProvidersCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateSAMLProviderCommand,
} from "@aws-sdk/client-iam";
import { extension } from "./certificate.ts";
import {
  administrator,
  allowing,
  clients,
  handClock,
  makeProvider,
  metadataOf,
  openAws,
  PROD,
  providerArn,
  roleArn,
  trustPolicy,
} from "./world.ts";

const provider = makeProvider();
const metadata = metadataOf(provider);

async function open(t: TestContext) {
  const aws = await openAws(t, handClock());
  return { aws, ...clients(aws.url, administrator(PROD)) };
}

test("a provider is created, read, updated, listed and deleted in its own account alone", async (t) => {
  const { aws, iam } = await open(t);
  const created = await iam.send(
    new CreateSAMLProviderCommand({ Name: "sekisho", SAMLMetadataDocument: metadata }),
  );
  assert.equal(created.SAMLProviderArn, providerArn());
  const SAMLProviderArn = providerArn();
  const read = await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }));
  assert.equal(read.SAMLMetadataDocument, metadata);
  assert.ok(read.ValidUntil && read.ValidUntil.getTime() > Date.now(), "IAM sets ValidUntil itself");
  const two = metadataOf(provider, [provider.certificate, makeProvider().certificate]);
  await iam.send(new UpdateSAMLProviderCommand({ SAMLProviderArn, SAMLMetadataDocument: two }));
  const { SAMLProviderList } = await iam.send(new ListSAMLProvidersCommand({}));
  assert.deepEqual(
    SAMLProviderList?.map(({ Arn }) => Arn),
    [SAMLProviderArn],
  );
  const elsewhere = clients(aws.url, administrator("222222222222")).iam;
  assert.deepEqual((await elsewhere.send(new ListSAMLProvidersCommand({}))).SAMLProviderList ?? [], []);
  const theirs = elsewhere.send(new DeleteSAMLProviderCommand({ SAMLProviderArn }));
  await assert.rejects(theirs, { name: "NoSuchEntityException" });
  await iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn }));
  await assert.rejects(iam.send(new GetSAMLProviderCommand({ SAMLProviderArn })), {
    name: "NoSuchEntityException",
  });
});

test("the partition follows the region the request is signed for", async (t) => {
  const { aws } = await open(t);
  for (const [region, partition] of [
    ["us-gov-west-1", "aws-us-gov"],
    ["cn-north-1", "aws-cn"],
  ] as const) {
    const { iam } = clients(aws.url, administrator(PROD), region);
    const create = new CreateSAMLProviderCommand({ Name: "sekisho", SAMLMetadataDocument: metadata });
    assert.equal((await iam.send(create)).SAMLProviderArn, providerArn(PROD, partition));
  }
});

const weak = makeProvider(undefined, 768);
const twice = makeProvider(undefined, 1024, [extension("551d0f"), extension("551d0f")]);
const ten = Array.from({ length: 11 }, () => provider.certificate);
const documents: readonly (readonly [what: string, xml: string, code: string, message: RegExp])[] = [
  ["of 999 characters", `<a>${"x".repeat(992)}</a>`, "ValidationError", /equal to 1000/],
  ["with a byte order mark", `\ufeff${metadata}`, "InvalidInputException", /byte order mark/],
  ["that is no XML", "x".repeat(1000), "InvalidInputException", /well-formed/],
  ["with a doctype", metadata.replace("<md:E", "<!DOCTYPE a><md:E"), "InvalidInputException", /well-formed/],
  [
    "of another kind",
    metadata.replaceAll("EntityDescriptor", "EntitiesDescriptor"),
    "InvalidInputException",
    /root/,
  ],
  ["without an entityID", metadata.replace("entityID", "id"), "InvalidInputException", /entityID/],
  [
    "of a service provider",
    metadata.replaceAll("IDPSSO", "SPSSO"),
    "InvalidInputException",
    /IDPSSODescriptor/,
  ],
  [
    "of SAML 1.1",
    metadata.replace("SAML:2.0:protocol", "SAML:1.1:protocol"),
    "InvalidInputException",
    /SAML 2.0/,
  ],
  ["without a key", metadataOf(provider, []).padEnd(1200), "InvalidInputException", /no signing key/],
  [
    "with a key for encryption alone",
    metadata.replace('"signing"', '"encryption"'),
    "InvalidInputException",
    /no signing key/,
  ],
  ["with eleven keys", metadataOf(provider, ten), "InvalidInputException", /more than 10/],
  [
    "with a broken certificate",
    metadata.replace(/X509Certificate>MII/, "X509Certificate>AAA"),
    "InvalidInputException",
    /not a certificate/,
  ],
  ["with a key of 768 bits", metadataOf(weak).padEnd(1200), "InvalidInputException", /1024 bits/],
  ["with an extension twice", metadataOf(twice), "InvalidInputException", /repeats an extension/],
  [
    "without a sign-on service",
    metadata.replace(/<md:SingleSignOnService[^>]*>/, ""),
    "InvalidInputException",
    /SingleSignOnService/,
  ],
  [
    "with its parts in another order",
    metadata.replace(/(<md:NameIDFormat>.*?<\/md:NameIDFormat>)(<md:SingleSignOnService[^>]*>)/, "$2$1"),
    "InvalidInputException",
    /order of the schema/,
  ],
];
for (const [what, SAMLMetadataDocument, name, message] of documents)
  test(`metadata ${what} is refused`, async (t) => {
    const { iam } = await open(t);
    const create = iam.send(new CreateSAMLProviderCommand({ Name: "sekisho", SAMLMetadataDocument }));
    await assert.rejects(create, { name, message });
  });

test("names, duplicates and encryption of providers are refused in IAM's words", async (t) => {
  const { iam } = await open(t);
  const create = (Name: string, more: object = {}) =>
    iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: metadata, ...more }));
  await create("sekisho");
  await assert.rejects(create("sekisho"), { name: "EntityAlreadyExistsException" });
  await assert.rejects(create("a/b"), { name: "ValidationError" });
  await assert.rejects(create("a".repeat(129)), { name: "ValidationError" });
  await assert.rejects(create("b", { AssertionEncryptionMode: "Allowed" }), {
    name: "InvalidInputException",
  });
  for (let count = 1; count < 100; count++) await create(`p${count}`);
  await assert.rejects(create("p100"), {
    name: "LimitExceededException",
    message: /SAMLProvidersPerAccount: 100/,
  });
});

test("a role is created, read, changed, listed and deleted", async (t) => {
  const { iam } = await open(t);
  const RoleName = "Admin";
  await iam.send(
    new CreateRoleCommand({ RoleName, Path: "/sekisho/", AssumeRolePolicyDocument: trustPolicy() }),
  );
  const read = async () => (await iam.send(new GetRoleCommand({ RoleName }))).Role;
  const role = await read();
  assert.equal(role?.Arn, roleArn("sekisho/Admin"));
  assert.equal(role?.MaxSessionDuration, 3600);
  assert.equal(decodeURIComponent(role?.AssumeRolePolicyDocument ?? ""), trustPolicy());
  await iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 43_200, Description: "d" }));
  assert.equal((await read())?.MaxSessionDuration, 43_200);
  const { Roles } = await iam.send(new ListRolesCommand({ PathPrefix: "/sekisho/" }));
  assert.deepEqual(
    Roles?.map((each) => each.RoleName),
    [RoleName],
  );
  const PolicyName = "p";
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: allowing("s3:*") }));
  const inline = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
  assert.equal(decodeURIComponent(inline.PolicyDocument ?? ""), allowing("s3:*"));
  assert.deepEqual((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames, [PolicyName]);
  await assert.rejects(iam.send(new DeleteRoleCommand({ RoleName })), { name: "DeleteConflictException" });
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  const own = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: allowing("s3:*") }));
  const PolicyArn = own.Policy?.Arn ?? "";
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  assert.deepEqual(
    attached.AttachedPolicies?.map((each) => each.PolicyArn),
    [PolicyArn],
  );
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  await iam.send(new DeleteRoleCommand({ RoleName }));
  await assert.rejects(read(), { name: "NoSuchEntityException" });
});

const trust = (change: object) => {
  const document = JSON.parse(trustPolicy());
  Object.assign(document.Statement[0], change);
  return JSON.stringify(document);
};
const long = Array.from({ length: 60 }, (_, at) => `https://eu-west-${at}.signin.aws.amazon.com/saml`);
const trusts: readonly (readonly [what: string, document: string, name: string, message: RegExp])[] = [
  ["that is no JSON", "{", "MalformedPolicyDocumentException", /invalid Json/],
  [
    "with a resource",
    trust({ Resource: "*" }),
    "MalformedPolicyDocumentException",
    /prohibited field Resource/,
  ],
  ["without a principal", trust({ Principal: undefined }), "MalformedPolicyDocumentException", /Principal/],
  [
    "of a wild principal",
    trust({ Principal: { Federated: "*" } }),
    "MalformedPolicyDocumentException",
    /Invalid principal/,
  ],
  [
    "of a strange principal",
    trust({ Principal: { User: "x" } }),
    "MalformedPolicyDocumentException",
    /Invalid principal/,
  ],
  [
    "of another service",
    trust({ Action: "s3:GetObject" }),
    "MalformedPolicyDocumentException",
    /only specify STS/,
  ],
  [
    "of 2,049 characters",
    trust({ Condition: { StringEquals: { "saml:aud": long } } }),
    "LimitExceededException",
    /ACLSizePerRole: 2048/,
  ],
];
for (const [what, document, name, message] of trusts)
  test(`a trust policy ${what} is refused`, async (t) => {
    const { iam } = await open(t);
    const RoleName = "Admin";
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustPolicy() }));
    const update = new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: document });
    await assert.rejects(iam.send(update), { name, message });
  });

test("roles outside IAM's bounds are refused", async (t) => {
  const { iam } = await open(t);
  const create = (more: object) =>
    iam.send(new CreateRoleCommand({ RoleName: "Admin", AssumeRolePolicyDocument: trustPolicy(), ...more }));
  for (const more of [
    { MaxSessionDuration: 3599 },
    { MaxSessionDuration: 43_201 },
    { RoleName: "a b" },
    { RoleName: "a".repeat(65) },
    { Path: "sekisho" },
  ])
    await assert.rejects(create(more), { name: "ValidationError" });
  await create({});
  await assert.rejects(create({ RoleName: "ADMIN" }), { name: "EntityAlreadyExistsException" });
  const PolicyArn = "arn:aws:iam::aws:policy/NoSuch";
  const attach = iam.send(new AttachRolePolicyCommand({ RoleName: "Admin", PolicyArn }));
  await assert.rejects(attach, { name: "NoSuchEntityException" });
});
