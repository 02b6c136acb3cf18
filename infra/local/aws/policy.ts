import { type Condition, isOperator } from "./conditions.ts";
import { malformedPolicy } from "./faults.ts";

export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  /** Whether `actions` came from NotAction. */
  readonly exceptActions: boolean;
  readonly resources: readonly string[];
  readonly exceptResources: boolean;
  /** Trust and key policies: kind (`AWS`, `Federated`, `Service`) and value. */
  readonly principals: readonly (readonly [kind: string, value: string])[];
  readonly conditions: readonly Condition[];
}

/** Which grammar a document follows: `identity` also stands for session policies. */
export type PolicyKind = "identity" | "trust" | "key";

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function strings(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((item) => typeof item === "string"))
    throw malformedPolicy("Syntax errors in policy.");
  return list;
}

/** Numbers and booleans may stand for their text in conditions. */
const conditionValues = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).map((item) => {
    if (!["string", "number", "boolean"].includes(typeof item))
      throw malformedPolicy("Syntax errors in policy.");
    return String(item);
  });

function readConditions(value: unknown): readonly Condition[] {
  if (value === undefined) return [];
  if (!isFields(value)) throw malformedPolicy("Syntax errors in policy.");
  return Object.entries(value).flatMap(([operator, block]) => {
    if (!isOperator(operator) || !isFields(block))
      throw malformedPolicy(`Invalid Condition type : ${operator.slice(0, 80)}.`);
    return Object.entries(block).map(([key, values]) => {
      if (!/^[\w-]+:\S/.test(key))
        throw malformedPolicy("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
      return { operator, key, values: conditionValues(values) };
    });
  });
}

/** Exactly one of a pair such as Action and NotAction. */
function either(
  statement: Fields,
  name: string,
  missing: string,
): [values: readonly string[], except: boolean] {
  const [yes, no] = [statement[name], statement[`Not${name}`]];
  if ((yes === undefined) === (no === undefined)) throw malformedPolicy(missing);
  return [strings(yes ?? no), yes === undefined];
}

const TRUST_ACTIONS = new Set([
  "sts:AssumeRole",
  "sts:AssumeRoleWithSAML",
  "sts:AssumeRoleWithWebIdentity",
  "sts:TagSession",
  "sts:SetSourceIdentity",
  "sts:SetContext",
]);

function checkActions(actions: readonly string[], kind: PolicyKind): void {
  for (const action of actions) {
    if (kind === "trust" && !TRUST_ACTIONS.has(action))
      throw malformedPolicy("AssumeRole policy may only specify STS AssumeRole actions.");
    if (action !== "*" && !/^[a-z0-9-]+:[A-Za-z0-9*?]+$/i.test(action))
      throw malformedPolicy("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
}

function readResources(statement: Fields, kind: PolicyKind): [values: readonly string[], except: boolean] {
  if (kind === "trust") {
    if ("Resource" in statement || "NotResource" in statement)
      throw malformedPolicy("Has prohibited field Resource");
    return [["*"], false];
  }
  const [resources, except] = either(statement, "Resource", "Policy statement must contain resources.");
  for (const resource of resources)
    if (resource !== "*" && !/^arn:[^:]*:[^:]*:[^:]*:[^:]*:./s.test(resource))
      throw malformedPolicy(`Resource ${resource.slice(0, 100)} must be in ARN format or "*".`);
  return [resources, except];
}

const PRINCIPALS: Readonly<Record<string, RegExp>> = {
  AWS: /^(?:\*|\d{12}|arn:aws[\w-]*:(?:iam|sts)::\d{12}:.+)$/,
  Federated: /^(?:arn:aws[\w-]*:iam::\d{12}:saml-provider\/[\w._-]{1,128}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/,
  Service: /^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$/,
};

function readPrincipals(statement: Fields, kind: PolicyKind): Statement["principals"] {
  const principal = statement.Principal;
  if (kind === "identity") {
    if ("Principal" in statement || "NotPrincipal" in statement)
      throw malformedPolicy("Policy document should not specify a principal.");
    return [];
  }
  if (principal === "*") return [["AWS", "*"]];
  if (!isFields(principal) || Object.keys(principal).length === 0)
    throw malformedPolicy("Missing required field Principal");
  return Object.entries(principal).flatMap(([type, value]) =>
    strings(value).map((text): [string, string] => {
      if (!PRINCIPALS[type]?.test(text))
        throw malformedPolicy(`Invalid principal in policy: "${type.slice(0, 20)}":"${text.slice(0, 200)}"`);
      return [type, text];
    }),
  );
}

const STATEMENT_FIELDS = new Set(
  "Sid Effect Action NotAction Resource NotResource Principal NotPrincipal Condition".split(" "),
);

function readStatement(value: unknown, kind: PolicyKind): Statement {
  if (!isFields(value)) throw malformedPolicy("Syntax errors in policy.");
  const unknown = Object.keys(value).find((name) => !STATEMENT_FIELDS.has(name));
  if (unknown !== undefined) throw malformedPolicy(`Has prohibited field ${unknown.slice(0, 80)}`);
  const effect = value.Effect;
  if (effect !== "Allow" && effect !== "Deny") throw malformedPolicy("Missing required field Effect");
  const sid = value.Sid;
  if (sid !== undefined && (typeof sid !== "string" || !/^[A-Za-z0-9]*$/.test(sid)))
    throw malformedPolicy("Statement IDs (SID) must be alpha-numeric.");
  const [actions, exceptActions] = either(value, "Action", "Policy statement must contain actions.");
  checkActions(actions, kind);
  const [resources, exceptResources] = readResources(value, kind);
  const principals = readPrincipals(value, kind);
  const conditions = readConditions(value.Condition);
  return { effect, actions, exceptActions, resources, exceptResources, principals, conditions };
}

function parseJson(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return value;
  } catch {
    throw malformedPolicy("This policy contains invalid Json");
  }
  throw malformedPolicy("Syntax errors in policy.");
}

/** @throws {AwsFault} MalformedPolicyDocument in IAM's words. */
export function parsePolicy(text: string, kind: PolicyKind): readonly Statement[] {
  const document = parseJson(text);
  const unknown = Object.keys(document).find((name) => !["Version", "Id", "Statement"].includes(name));
  if (unknown !== undefined) throw malformedPolicy("Syntax errors in policy.");
  if (!["2012-10-17", "2008-10-17", undefined].includes(document.Version as string | undefined))
    throw malformedPolicy("Syntax errors in policy.");
  const statement = document.Statement;
  const statements = Array.isArray(statement) ? statement : [statement];
  if (statement === undefined || statements.length === 0)
    throw malformedPolicy("Missing required field Statement");
  const sids = statements.map((item) => (isFields(item) ? item.Sid : undefined)).filter(Boolean);
  if (new Set(sids).size !== sids.length)
    throw malformedPolicy("Statement IDs (SID) in a single policy must be unique.");
  return statements.map((item) => readStatement(item, kind));
}
