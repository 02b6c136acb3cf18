import { createHash } from "node:crypto";
import { attribute } from "./dom.ts";
import { AwsFault, invalidParameter } from "./faults.ts";
import type { Context } from "./glob.ts";
import { type Partition, partitionById, partitionOfRegion } from "./partition.ts";
import { type Parameters, required, wholeNumber } from "./query.ts";
import { readAttributes, type SamlAttributes } from "./saml-attributes.ts";
import { invalidToken, openResponse, verifiedAssertion } from "./saml-response.ts";
import { REDEEM_SECONDS, readSubject, type SamlSubject } from "./saml-subject.ts";
import { packedSize, readSessionPolicy } from "./session-policy.ts";
import { accountOf, describeSession, openSession, partitionIdOf } from "./sessions.ts";
import type { IamRole, SamlProvider } from "./state.ts";
import { trusts } from "./trust.ts";
import type { AwsRequest, World } from "./wire.ts";
import type { XmlFields } from "./xml.ts";

const DEFAULT_SECONDS = 3600;
const ALLOWED_PARAMETERS =
  /^(?:Action|Version|RoleArn|PrincipalArn|SAMLAssertion|Policy|DurationSeconds|MinimumSessionTokenSize|PolicyArns\.member\.\d{1,2}\.arn)$/;

const denied = (action = "sts:AssumeRoleWithSAML") =>
  new AwsFault(403, "AccessDenied", `Not authorized to perform ${action}`);

function checkParameters(parameters: Parameters): void {
  for (const name of parameters.keys())
    if (!ALLOWED_PARAMETERS.test(name))
      throw new AwsFault(400, "ValidationError", `${name.slice(0, 80)} is not a parameter of this operation`);
  const assertion = required(parameters, "SAMLAssertion");
  if (assertion.length < 4 || assertion.length > 100_000)
    throw invalidParameter("...", "sAMLAssertion", "Member must have length less than or equal to 100000");
  wholeNumber(parameters, "MinimumSessionTokenSize", 0, 4096);
}

function readArn(parameters: Parameters, name: string, shape: RegExp): string {
  const arn = required(parameters, name);
  if (arn.length < 20 || arn.length > 2048)
    throw invalidParameter(
      arn,
      `${name[0]?.toLowerCase()}${name.slice(1)}`,
      "Member must have length between 20 and 2048",
    );
  if (!shape.test(arn)) throw new AwsFault(400, "ValidationError", "Request ARN is invalid");
  return arn;
}

/** Refuses what a regional host (`sts.eu-west-1.amazonaws.com`, told by the Host header) would not know. */
function checkEndpoint(request: AwsRequest, partition: Partition): void {
  const host = (request.headers.host ?? "").replace(/:\d+$/, "");
  if (host === "sts.amazonaws.com" && partition.id === "aws") return;
  const [, region, suffix] = /^sts\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)$/.exec(host) ?? [];
  if (region === undefined) {
    if (/\.amazonaws\.com(?:\.cn)?$/.test(host)) throw invalidToken("This host is no endpoint of STS");
    return;
  }
  if (partitionOfRegion(region)?.id !== partition.id || suffix !== partition.dnsSuffix)
    throw new AwsFault(
      403,
      "RegionDisabledException",
      `STS is not activated in this region for account: ${region}`,
    );
}

/** `saml:` keys of attributes that many providers send, by their object identifier. */
const SAML_KEYS: Readonly<Record<string, string>> = {
  "urn:oid:0.9.2342.19200300.100.1.3": "saml:mail",
  "urn:oid:0.9.2342.19200300.100.1.1": "saml:uid",
  "urn:oid:2.5.4.3": "saml:cn",
  "urn:oid:2.5.4.4": "saml:surname",
  "urn:oid:2.5.4.42": "saml:givenname",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": "saml:edupersonaffiliation",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.5": "saml:edupersonprimaryaffiliation",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": "saml:edupersonprincipalname",
  "urn:oid:1.3.6.1.4.1.5923.1.1.1.7": "saml:edupersonentitlement",
};

/** `BASE64(SHA1(issuer + accountId + "/" + providerName))` */
const nameQualifierOf = (provider: SamlProvider): string =>
  createHash("sha1").update(`${provider.entityId}${provider.accountId}/${provider.name}`).digest("base64");

/** The condition keys a role's trust policy may look at. */
function trustContext(
  request: AwsRequest,
  provider: SamlProvider,
  subject: SamlSubject,
  attributes: SamlAttributes,
): Context {
  const context = new Map<string, readonly string[]>([
    ["saml:aud", [subject.recipient]],
    ["saml:iss", [provider.entityId]],
    ["saml:sub", [subject.nameId]],
    ["saml:sub_type", [subject.subType]],
    ["saml:namequalifier", [nameQualifierOf(provider)]],
    ["saml:doc", [`${provider.accountId}/${provider.name}`]],
    ["sts:rolesessionname", [attributes.sessionName]],
    ["aws:sourceip", [request.remoteAddress]],
  ]);
  for (const [name, values] of attributes.others) {
    const key = SAML_KEYS[name];
    if (key !== undefined && values.length === 1) context.set(key, values);
  }
  for (const [key, value] of Object.entries(attributes.tags))
    context.set(`aws:requesttag/${key.toLowerCase()}`, [value]);
  if (Object.keys(attributes.tags).length > 0) context.set("aws:tagkeys", Object.keys(attributes.tags));
  if (attributes.transitiveTagKeys.length > 0)
    context.set("sts:transitivetagkeys", attributes.transitiveTagKeys);
  if (attributes.sourceIdentity !== undefined) context.set("sts:sourceidentity", [attributes.sourceIdentity]);
  return context;
}

function checkTrust(
  role: IamRole,
  provider: SamlProvider,
  attributes: SamlAttributes,
  context: Context,
): void {
  const asker = { kind: "Federated", providerArn: provider.arn } as const;
  const needed = [
    "sts:AssumeRoleWithSAML",
    ...(Object.keys(attributes.tags).length > 0 ? ["sts:TagSession"] : []),
    ...(attributes.sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
  ];
  for (const action of needed) if (trusts(role, asker, action, context) !== "allow") throw denied(action);
}

function durationOf(parameters: Parameters, role: IamRole): number {
  const seconds = wholeNumber(parameters, "DurationSeconds", 900, 43_200) ?? DEFAULT_SECONDS;
  if (seconds > role.maxSessionSeconds)
    throw new AwsFault(
      400,
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  return seconds;
}

/** One assertion, one use: the same one again is refused, whoever brings it. */
function spend(world: World, provider: SamlProvider, assertionId: string, subject: SamlSubject): void {
  const key = `${provider.arn} ${assertionId}`;
  if (world.state.spentAssertions.has(key)) throw invalidToken("This assertion has been redeemed already");
  const until = Math.max(subject.expiresAt, subject.issuedAt + REDEEM_SECONDS);
  world.state.spentAssertions.set(key, until + 1);
}

const namesPair = (attributes: SamlAttributes, roleArn: string, providerArn: string): boolean =>
  attributes.roles.some((pair) => pair.roleArn === roleArn && pair.providerArn === providerArn);

/** The role, if it is one that a SAML sign-in may become at all. */
function findRole(world: World, roleArn: string, providerArn: string): IamRole {
  const role = world.state.roles.get(roleArn);
  const reserved = role?.name.startsWith("AWSReservedSSO_") || role?.path.startsWith("/aws-reserved/");
  if (!role || reserved || accountOf(roleArn) !== accountOf(providerArn)) throw denied();
  return role;
}

/**
 * `AssumeRoleWithSAML`, in the order: shape of the request, provider, signature, what the assertion says, role,
 * duration, policy, trust.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
 */
export function assumeRoleWithSaml(request: AwsRequest, parameters: Parameters, world: World): XmlFields {
  checkParameters(parameters);
  const roleArn = readArn(parameters, "RoleArn", /^arn:aws[\w-]*:iam::\d{12}:role\/[\x21-\x7e]+$/);
  const providerArn = readArn(
    parameters,
    "PrincipalArn",
    /^arn:aws[\w-]*:iam::\d{12}:saml-provider\/[\w._-]{1,128}$/,
  );
  const partition = partitionById(partitionIdOf(providerArn));
  if (!partition || partitionIdOf(roleArn) !== partition.id)
    throw new AwsFault(400, "ValidationError", "Request ARN is invalid");
  checkEndpoint(request, partition);
  const opened = openResponse(required(parameters, "SAMLAssertion"));
  const provider = world.state.providers.get(providerArn);
  if (!provider) throw invalidToken("Specified provider doesn't exist");

  const assertion = verifiedAssertion(opened, provider);
  const now = world.clock.now();
  const subject = readSubject(assertion, partition, now);
  const attributes = readAttributes(assertion);
  const destination = attribute(opened.root, "Destination");
  if (destination !== undefined && destination !== subject.recipient)
    throw invalidToken("Destination of the response is not its Recipient");
  spend(world, provider, attribute(assertion, "ID") ?? "", subject);

  if (!namesPair(attributes, roleArn, providerArn)) throw denied();
  const role = findRole(world, roleArn, providerArn);
  const seconds = durationOf(parameters, role);
  const policy = readSessionPolicy(parameters, world.state, role.accountId);
  checkTrust(role, provider, attributes, trustContext(request, provider, subject, attributes));
  const packedPercent = packedSize(policy, attributes.tags);

  const nameQualifier = nameQualifierOf(provider);
  const ends = [
    now + seconds,
    now + (attributes.sessionSeconds ?? seconds),
    subject.sessionEndsAt ?? Infinity,
  ];
  const session = openSession(world, role, {
    ...policy,
    sessionName: attributes.sessionName,
    expiresAt: Math.min(...ends),
    tags: attributes.tags,
    transitiveTagKeys: attributes.transitiveTagKeys,
    chained: false,
    ...(attributes.sourceIdentity === undefined ? {} : { sourceIdentity: attributes.sourceIdentity }),
    saml: { sub: subject.nameId, subType: subject.subType, nameQualifier },
  });
  return {
    ...describeSession(session, packedPercent),
    Subject: subject.nameId,
    SubjectType: subject.subType,
    Issuer: provider.entityId,
    Audience: subject.recipient,
    NameQualifier: nameQualifier,
  };
}
