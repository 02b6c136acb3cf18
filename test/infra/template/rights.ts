import { allowed, type Doc, type Want } from "../../aws/iam.ts";
import { resolve, type Stack } from "./cloudformation.ts";
import { logical, ofType, propertiesOf, type Template } from "./packaged.ts";

/** One thing a function may do. */
export interface Right {
  readonly functionName: string;
  /** `dynamodb:GetItem` */
  readonly action: string;
  /** A prefix of keys in the table, a KMS key's logical name, or a resource. */
  readonly on: string;
}

interface Statement {
  readonly Sid: string;
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Where the look-alike's account stands, for resolving what policies refer to. */
export const TABLE_ARN = "arn:aws:dynamodb:us-east-1:999999999999:table/sekisho";
type Parameters = Readonly<Record<string, string>>;

/** Where whole events of the trail go, in a deployment where they do. */
export const AUDIT_PLACES = {
  AuditBusArn: "arn:aws:events:us-east-1:222222222222:event-bus/audit",
  AuditBusFormat: "event",
  AuditBucketArn: "arn:aws:s3:::acme-archive",
  AuditBucketOwner: "222222222222",
  AuditBucketRegion: "eu-central-1",
  AuditBucketKeyArn: "arn:aws:kms:eu-central-1:222222222222:key/archive",
  "AWS::AccountId": "999999999999",
  "AWS::StackName": "sekisho-prod",
};

function stackOf(template: Template, parameters: Parameters = {}): Stack {
  const roles = ofType(template, "AWS::IAM::Role").map(([name]) => [`${name}.Arn`, roleArn(name)]);
  const groups = ofType(template, "AWS::Logs::LogGroup").map(([name]) => [`${name}.Arn`, name]);
  return {
    refs: {
      "AWS::Partition": "aws",
      "AWS::Region": "us-east-1",
      "AWS::URLSuffix": "amazonaws.com",
      ...AUDIT_PLACES,
      ...parameters,
    },
    attributes: { "Table.Arn": TABLE_ARN, ...Object.fromEntries([...roles, ...groups]) },
  };
}
const roleArn = (role: string): string => `arn:aws:iam::999999999999:role/${role}`;

/** The policies of a function's role, resolved. */
function policiesOf(template: Template, functionName: string, parameters?: Parameters): readonly Doc[] {
  const { Policies } = propertiesOf(template, `${logical(functionName)}Role`);
  const documents = (Policies as { PolicyDocument: unknown }[]).map(({ PolicyDocument }) => PolicyDocument);
  return resolve({ ...template }, documents, stackOf(template, parameters)) as readonly Doc[];
}

/** Logical names of the keys that are for the broker's own use. */
export const brokerKeys = (template: Template): string[] =>
  ofType(template, "AWS::KMS::Key").flatMap(([name, { KeySpec }]) =>
    ["RSA_2048", "ECC_NIST_P256"].includes(String(KeySpec)) ? [name] : [],
  );

/** What a key's policy says of one function, without the operator's statement. */
export function keyPolicyOf(template: Template, key: string, functionName: string): Doc {
  const { KeyPolicy } = propertiesOf(template, key) as { KeyPolicy: { Statement: Statement[] } };
  const named = KeyPolicy.Statement.filter((one) => one.Principal !== undefined);
  const Statement = (resolve({ ...template }, named, stackOf(template)) as Statement[]).filter(
    ({ Principal }) => (Principal as { AWS?: string }).AWS === roleArn(`${logical(functionName)}Role`),
  );
  return { Version: "2012-10-17", Statement: Statement as unknown as Doc["Statement"] };
}

const list = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(String);

const onOf = ({ Condition, Resource }: Statement): string[] => {
  const keys = Condition?.["ForAllValues:StringLike"]?.["dynamodb:LeadingKeys"];
  return keys === undefined ? list(Resource) : list(keys);
};

/** Everything a function may do: by its role, and by the policies of keys. */
export function rightsOf(
  template: Template,
  functionName: string,
  parameters?: Parameters,
): readonly Right[] {
  const byRole = policiesOf(template, functionName, parameters)
    .flatMap(({ Statement }) => Statement as unknown as Statement[])
    .flatMap((one) =>
      list(one.Action).flatMap((action) => onOf(one).map((on) => ({ functionName, action, on }))),
    );
  const byKeys = brokerKeys(template).flatMap((key) =>
    (keyPolicyOf(template, key, functionName).Statement as unknown as Statement[]).flatMap(({ Action }) =>
      list(Action).map((action) => ({ functionName, action, on: key })),
    ),
  );
  return [...byRole, ...byKeys];
}

/** A request as AWS's authorization sees it; with the key's logical name where it is one to KMS. */
export interface Request extends Want {
  readonly functionName: string;
  readonly key?: string;
}

export const isAllowed = (template: Template, request: Request): boolean =>
  allowed(
    request.key === undefined
      ? policiesOf(template, request.functionName)
      : [keyPolicyOf(template, request.key, request.functionName)],
    request,
  );

/** Whether a request made use of a right. */
export function exercises({ functionName, action, on }: Right, request: Request): boolean {
  if (request.functionName !== functionName || request.action !== action) return false;
  if (request.key !== undefined) return request.key === on;
  const keys = request.context["dynamodb:LeadingKeys"] ?? [request.resource];
  return list(keys).some((key) => (on.endsWith("*") ? key.startsWith(on.slice(0, -1)) : key === on));
}
