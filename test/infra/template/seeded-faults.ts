export type Path = readonly (string | number)[];

/** One change to the packaged template each, and the rule that must answer. Nothing as value takes the thing out. */
export type Fault = readonly [what: string, path: Path, value: unknown, ruleId: string];

const statement = (role: string, at: number): Path => [
  role,
  "Properties",
  "Policies",
  0,
  "PolicyDocument",
  "Statement",
  at,
];
const stage: Path = ["HttpApiStage", "Properties"];

/** Told by infra/rules.guard. */
export const OUR_FAULTS: readonly Fault[] = [
  ["an older runtime", ["WorkerLambdaFunction", "Properties", "Runtime"], "nodejs22.x", "function_runtime"],
  [
    "another architecture",
    ["AdminLambdaFunction", "Properties", "Architectures"],
    ["x86_64"],
    "function_runtime",
  ],
  [
    "a function that may take ten minutes",
    ["WorkerLambdaFunction", "Properties", "Timeout"],
    600,
    "function_runtime",
  ],
  [
    "a role that is nobody's here",
    ["AdminLambdaFunction", "Properties", "Role"],
    "arn:aws:iam::999999999999:role/shared",
    "function_role_of_its_own",
  ],
  [
    "a function whose endpoints may be moved",
    ["SigninLambdaFunction", "Properties", "Environment", "Variables", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"],
    undefined,
    "function_endpoints_are_aws",
  ],
  [
    "lines that no alarm can count",
    ["SigninLambdaFunction", "Properties", "LoggingConfig", "LogFormat"],
    "Text",
    "function_logs_are_json",
  ],
  [
    "a traced function",
    ["SigninLambdaFunction", "Properties", "TracingConfig"],
    { Mode: "Active" },
    "function_is_not_traced",
  ],
  [
    "a function anybody's bucket may call",
    ["AdminLambdaPermissionHttpApi", "Properties", "Principal"],
    "s3.amazonaws.com",
    "function_invoked_from_one_place",
  ],
  [
    "a function any API may call",
    ["AdminLambdaPermissionHttpApi", "Properties", "SourceArn"],
    undefined,
    "function_invoked_from_one_place",
  ],
  [
    "logs kept for ever",
    ["AccessLogGroup", "Properties", "RetentionInDays"],
    undefined,
    "log_group_retention",
  ],
  [
    "a table that may be deleted",
    ["Table", "Properties", "DeletionProtectionEnabled"],
    false,
    "table_is_protected",
  ],
  ["a table that goes with its stack", ["Table", "DeletionPolicy"], "Delete", "table_is_protected"],
  [
    "a table without its past",
    ["Table", "Properties", "PointInTimeRecoverySpecification"],
    undefined,
    "table_is_protected",
  ],
  [
    "a key that goes with its stack",
    ["IssuerAwsKeyB", "DeletionPolicy"],
    undefined,
    "key_outlives_its_stack",
  ],
  [
    "a key that is gone in a week",
    ["IssuerAwsKey", "Properties", "PendingWindowInDays"],
    7,
    "key_outlives_its_stack",
  ],
  ["a symmetric key for ever", ["AlarmKey", "Properties", "EnableKeyRotation"], undefined, "key_rotation"],
  [
    "a key anybody may use",
    ["IssuerAwsKey", "Properties", "KeyPolicy", "Statement", 1, "Principal"],
    "*",
    "key_use_is_named",
  ],
  [
    "a key with every right",
    ["IssuerAwsKey", "Properties", "KeyPolicy", "Statement", 1, "Action"],
    "kms:*",
    "key_use_is_named",
  ],
  [
    "a key whose administrators pass its use on",
    ["SpSignKey", "Properties", "KeyPolicy", "Statement", 0, "Action", 0],
    "kms:CreateGrant",
    "key_use_is_named",
  ],
  [
    "a key the account's administrators sign with",
    ["IssuerAwsKey", "Properties", "KeyPolicy", "Statement", 0, "Action", 0],
    "kms:Sign",
    "key_root_does_not_use",
  ],
  [
    "a key that no alias can be given",
    ["IssuerAwsKey", "Properties", "KeyPolicy", "Statement", 0, "Action", 1],
    "kms:GetKeyPolicy",
    "key_administration_is_whole",
  ],
  [
    "a right to every action",
    [...statement("AdminRole", 1), "Action"],
    "dynamodb:*",
    "role_rights_are_named",
  ],
  ["a right to everything", [...statement("AdminRole", 1), "Resource"], "*", "role_rights_are_named"],
  [
    "a right to every bucket, while there is one",
    [...statement("WorkerRole", 6), "Fn::If", 1, "Resource"],
    "*",
    "role_rights_are_named",
  ],
  [
    "every key, while there is one of the archive",
    [...statement("WorkerRole", 8), "Fn::If", 1, "Resource"],
    { "Fn::Sub": "arn:aws:kms:us-east-1:999999999999:key/*" },
    "role_rights_are_named",
  ],
  [
    "the archive's key past S3",
    [...statement("WorkerRole", 8), "Fn::If", 1, "Condition"],
    undefined,
    "role_rights_are_named",
  ],
  [
    "an audit key that goes with its stack",
    ["AuditKeyB", "DeletionPolicy"],
    undefined,
    "key_outlives_its_stack",
  ],
  [
    "a policy of AWS's",
    ["AdminRole", "Properties", "ManagedPolicyArns"],
    ["arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"],
    "role_rights_are_named",
  ],
  [
    "a role somebody else may take on",
    ["AdminRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Principal"],
    { AWS: "arn:aws:iam::111111111111:root" },
    "role_for_lambda_alone",
  ],
  [
    "a right to the whole table",
    [...statement("AdminRole", 1), "Condition"],
    undefined,
    "table_rights_are_bounded",
  ],
  [
    "a bound that a request without keys passes",
    [...statement("AdminRole", 1), "Condition", "Null"],
    undefined,
    "table_rights_are_bounded",
  ],
  [
    "a prefix that is every key",
    [...statement("AdminRole", 1), "Condition", "ForAllValues:StringLike", "dynamodb:LeadingKeys", 0],
    "*",
    "table_rights_are_bounded",
  ],
  [
    "TLS 1.0",
    ["Domain", "Properties", "DomainNameConfigurations", 0, "SecurityPolicy"],
    "TLS_1_0",
    "domain_tls",
  ],
  [
    "a second door beside the domain",
    ["HttpApi", "Properties", "DisableExecuteApiEndpoint"],
    false,
    "api_stands_on_its_domain",
  ],
  ["an API without a log", [...stage, "AccessLogSettings"], undefined, "stage_is_logged_and_throttled"],
  [
    "a log of paths",
    [...stage, "AccessLogSettings", "Format"],
    '{"path":"$context.path"}',
    "stage_is_logged_and_throttled",
  ],
  ["an API without a limit", [...stage, "DefaultRouteSettings"], undefined, "stage_is_logged_and_throttled"],
  [
    "a route that takes nothing",
    [...stage, "RouteSettings", "$default", "ThrottlingRateLimit"],
    0,
    "stage_is_logged_and_throttled",
  ],
  ["a topic in the clear", ["AlarmTopic", "Properties", "KmsMasterKeyId"], undefined, "topic_is_encrypted"],
  [
    "an alarm nobody hears",
    ["WorkerErrors", "Properties", "AlarmActions"],
    undefined,
    "alarm_says_what_to_do",
  ],
  [
    "an alarm without a word",
    ["Recovered", "Properties", "AlarmDescription"],
    undefined,
    "alarm_says_what_to_do",
  ],
];

/** Told by AWS's own rules: they are asked, and they are of use. */
export const THEIR_FAULTS: readonly Fault[] = [
  ["a property that does not exist", ["IssuerAwsKey", "Properties", "KeySpek"], "RSA_2048", "F3002"],
  ["a value of another type", ["Table", "Properties", "DeletionProtectionEnabled"], "perhaps", "F3012"],
  ["a property that must be there", ["WorkerLambdaFunction", "Properties", "Role"], undefined, "F3003"],
  ["a reference to nothing", ["HttpApi", "Properties", "Name"], { Ref: "Nowhere" }, "F1020"],
  ["a type that does not exist", ["AlarmTopic", "Type"], "AWS::SNS::Topik", "F3006"],
  ["resources that wait for each other", ["Table", "DependsOn"], "WorkerRole", "F3004"],
];

/** In the text of infra/member-account.yml. */
export const MEMBER_FAULTS: readonly (readonly [what: string, from: string, to: string, ruleId: string])[] = [
  ["a parameter nobody declared", "!Ref MetadataContinued", "!Ref MetadataContinues", "F1020"],
  [
    "a mapping that is missing",
    "[SignIn, !Ref AWS::Partition, Recipient]",
    "[SignOn, !Ref AWS::Partition, Recipient]",
    "F1012",
  ],
];
