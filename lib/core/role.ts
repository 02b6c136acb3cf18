import * as v from "valibot";
import { Id } from "./connection.ts";

const ID = "an account id is 12 digits, quoted";
export const AccountId = v.pipe(v.string(ID), v.regex(/^\d{12}$/, ID));
const OuPath = v.pipe(
  v.string(),
  v.regex(/^(?:\/|(?:\/[A-Za-z0-9_.+=@ -]{1,128})+)$/, "an OU path is `/` or `/name/name`"),
);
export const Partition = v.picklist(["aws", "aws-us-gov", "aws-cn"]);
export type Partition = v.InferOutput<typeof Partition>;

/** An AWS account the broker may hand out. */
export const Account = v.strictObject({
  kind: v.literal("Account"),
  id: AccountId,
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  /** OU path; `/` is the organization's root. */
  path: v.optional(OuPath, "/"),
  tags: v.optional(
    v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(128)), v.pipe(v.string(), v.maxLength(256))),
    {},
  ),
  partition: v.optional(Partition, "aws"),
  /** Region of STS and of the console's first page. */
  region: v.optional(v.pipe(v.string(), v.regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/)), "us-east-1"),
  /** Name of the IAM SAML provider in the account that holds our metadata. */
  samlProvider: v.optional(v.pipe(v.string(), v.regex(/^[\w._-]{1,128}$/)), "sekisho"),
});
export type Account = v.InferOutput<typeof Account>;

const SELECTOR = "write a quoted account id of 12 digits, `ou:/path`, `ou:/path/**` or `tag:key=value`";
/**
 * Which accounts are meant: an id, `ou:/prod` (directly there), `ou:/prod/**` (there and below), `tag:key=value`
 * (decision 5).
 */
export const AccountSelector = v.pipe(
  v.string(SELECTOR),
  v.regex(
    /^(?:\d{12}|ou:(?:\/\*\*|\/|(?:\/[A-Za-z0-9_.+=@ -]{1,128})+(?:\/\*\*)?)|tag:[^=]{1,128}=.{0,256})$/,
    SELECTOR,
  ),
);
export type AccountSelector = v.InferOutput<typeof AccountSelector>;

/** Name people use for a role: what `role` and `role_name` carry. */
export const RoleName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][\w+=,.@ -]{0,63}$/, "use up to 64 letters, digits and `_+=,.@-`"),
);

/** An IAM role as configured; after expansion there is one record per (name, account). */
export const Role = v.strictObject({
  kind: v.literal("Role"),
  name: RoleName,
  accounts: v.pipe(v.array(AccountSelector), v.minLength(1)),
  /** IAM name; the role's ARN is `arn:{partition}:iam::{account}:role{path}{roleName}`. */
  roleName: v.optional(v.pipe(v.string(), v.regex(/^[\w+=,.@-]{1,64}$/))),
  path: v.optional(v.pipe(v.string(), v.regex(/^\/(?:[\x21-\x2e\x30-\x7e]+\/)*$/), v.maxLength(512)), "/"),
  description: v.optional(v.pipe(v.string(), v.maxLength(256))),
  /** The role's MaxSessionDuration in IAM. */
  maxSessionSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(3600), v.maxValue(43_200)), 3600),
  /** Whether to set SourceIdentity; the role's trust must allow sts:SetSourceIdentity. */
  sourceIdentity: v.optional(v.boolean(), true),
  /** Session tags that survive role chaining. */
  transitiveTags: v.optional(v.array(v.pipe(v.string(), v.maxLength(128))), []),
});
export type Role = v.InferOutput<typeof Role>;

/** One role in one account, compiled: what issuing needs and nothing else. */
export interface PlacedRole {
  readonly accountId: string;
  readonly accountName: string;
  readonly accountPath: string;
  readonly accountTags: Readonly<Record<string, string>>;
  readonly partition: Partition;
  readonly region: string;
  readonly name: string;
  readonly roleArn: string;
  readonly providerArn: string;
  readonly maxSessionSeconds: number;
  readonly sourceIdentity: boolean;
  readonly transitiveTags: readonly string[];
}

/** An IAM policy document as data. */
export const PolicyDocument = v.looseObject({
  Version: v.literal("2012-10-17"),
  Statement: v.pipe(v.array(v.record(v.string(), v.unknown())), v.minLength(1)),
});
export type PolicyDocument = v.InferOutput<typeof PolicyDocument>;

/** A named, parametrised session policy. `{name}` stands for a parameter and fills whole parts of Resource and Condition only. */
export const Scope = v.strictObject({
  kind: v.literal("Scope"),
  id: Id,
  description: v.optional(v.pipe(v.string(), v.maxLength(256))),
  /** name -> pattern that a value must match whole. */
  parameters: v.optional(
    v.record(v.pipe(v.string(), v.regex(/^[a-z][A-Za-z0-9]{0,31}$/)), v.pipe(v.string(), v.maxLength(256))),
    {},
  ),
  policy: v.optional(PolicyDocument),
  policyArns: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^arn:aws[\w-]*:iam::(?:aws|\d{12}):policy\/.+$/))),
      v.maxLength(10),
    ),
  ),
  /** Whether the session may assume further roles; denied otherwise (decision 14). */
  allowAssumeRole: v.optional(v.boolean(), false),
  maxSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(900), v.maxValue(43_200))),
});
export type Scope = v.InferOutput<typeof Scope>;
