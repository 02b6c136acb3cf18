import type { State } from "./state.ts";

const allow = (rest: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Resource: "*", ...rest }] });

const SERVICES =
  "acm apigateway cloudformation cloudfront cloudtrail cloudwatch dynamodb ec2 ecr ecs eks iam kms lambda logs organizations rds route53 s3 secretsmanager sns sqs ssm sts tag";
const reading = (verbs: string) =>
  SERVICES.split(" ").flatMap((service) => verbs.split(" ").map((verb) => `${service}:${verb}*`));

/** The AWS managed policies this world has, by the end of their ARN; coarser than AWS's own and never wider in kind. */
const MANAGED: Readonly<Record<string, string>> = {
  AdministratorAccess: allow({ Action: "*" }),
  PowerUserAccess: allow({ NotAction: ["iam:*", "organizations:*", "account:*"] }),
  ReadOnlyAccess: allow({ Action: reading("Get List Describe Head") }),
  SecurityAudit: allow({ Action: reading("List Describe") }),
  "job-function/ViewOnlyAccess": allow({ Action: reading("List Describe") }),
  "job-function/Billing": allow({ Action: ["aws-portal:*", "billing:*", "ce:*", "cur:*", "budgets:*"] }),
  AmazonS3FullAccess: allow({ Action: "s3:*" }),
  AmazonS3ReadOnlyAccess: allow({ Action: ["s3:Get*", "s3:List*", "s3:Describe*"] }),
  CloudWatchReadOnlyAccess: allow({
    Action: ["cloudwatch:Get*", "cloudwatch:List*", "cloudwatch:Describe*"],
  }),
  AWSDenyAll: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
  }),
};

/** The JSON of a managed policy, AWS's or an account's own; undefined where there is none of that ARN. */
export function managedPolicy(state: State, arn: string): string | undefined {
  const name = /^arn:aws[\w-]*:iam::aws:policy\/(.+)$/.exec(arn)?.[1];
  if (name !== undefined) return Object.hasOwn(MANAGED, name) ? MANAGED[name] : undefined;
  return state.policies.get(arn)?.document;
}
