import { isIP } from "node:net";
import { Refusal } from "../core/errors.ts";
import { complement } from "./complement.ts";
import { EVERYTHING, type PolicyOrigin, readPolicy, type Statement, writePolicy } from "./statement.ts";

/** One of the three who may narrow a session, and how. Neither given: this one has no say. */
export interface PolicySource {
  readonly origin: PolicyOrigin;
  /** A policy document as data. */
  readonly policy?: unknown;
  readonly policyArns?: readonly string[];
}

export interface SessionPolicyInput {
  /** In the order caller, scope, rule. */
  readonly sources: readonly PolicySource[];
  /** Whether the session may take on further roles. */
  readonly chaining: "allowed" | "denied";
  /** Addresses and ranges the session may be used from. */
  readonly sourceIp?: readonly string[];
}

/** What AssumeRole takes: at most 2,048 characters and ten ARNs. */
export interface SessionPolicy {
  readonly policy?: string;
  readonly policyArns?: readonly string[];
}

const LONGEST = 2048;
/** Longest policy of one source that is looked at: what it takes to combine grows with the square of its length. */
const LONGEST_SOURCE = 4 * LONGEST;
const MOST_ARNS = 10;
const MOST_RANGES = 32;
const ARN = /^arn:aws[a-z-]*:iam::(?:aws|\d{12}):policy\/[\x21-\x7e]+$/;

/** One source, read. */
interface Voice {
  readonly origin: PolicyOrigin;
  readonly statements: readonly Statement[];
  readonly arns: readonly string[];
}

const deny = (part: Partial<Statement>): Statement => ({
  effect: "Deny",
  actions: EVERYTHING,
  resources: EVERYTHING,
  conditions: [],
  ...part,
});
const ALLOW_ALL: Statement = { effect: "Allow", actions: EVERYTHING, resources: EVERYTHING, conditions: [] };
const NO_FURTHER_ROLES = deny({ actions: { not: false, values: ["sts:AssumeRole*", "sts:AssumeRoot"] } });

/**
 * Makes one session policy that allows what caller, scope and rule all allow, and nothing that one of them does not
 * (decision 14).
 *
 * STS adds up everything that session policies allow, so Allows are taken from one source alone; what the others do not
 * allow is denied. The first that can be the source is: managed policies cannot be read here, so where another source
 * names some, they can only be where the Allows come from.
 *
 * @returns Nothing at all where nobody narrows.
 * @throws {Refusal} `policy_invalid`, `policy_not_combinable`, `policy_too_large`, `narrowing_invalid`.
 */
export function sessionPolicy({ sources, chaining, sourceIp }: SessionPolicyInput): SessionPolicy {
  const voices = sources
    .map(readSource)
    .filter(({ statements, arns }) => statements.length + arns.length > 0);
  const denies = [
    ...(chaining === "denied" ? [NO_FURTHER_ROLES] : []),
    ...(sourceIp === undefined ? [] : [onlyFrom(sourceIp)]),
  ];
  if (voices.length === 0) return denies.length === 0 ? {} : compose([ALLOW_ALL, ...denies], []);
  const possible = voices.flatMap((allowing) => {
    const others = restrictions(voices, allowing);
    return others === undefined ? [] : [{ allowing, others }];
  });
  if (possible.length === 0) throw notCombinable(voices);
  const composed = possible.map(({ allowing, others }) => ({
    arns: allowing.arns,
    statements: [...allowing.statements, ...others, ...denies],
  }));
  const fitting = composed.find(fits) ?? composed[0];
  return compose(fitting?.statements ?? [], fitting?.arns ?? []);
}

function readSource({ origin, policy, policyArns = [] }: PolicySource): Voice {
  const wrong = policyArns.findIndex((arn) => !ARN.test(arn));
  if (wrong >= 0 || policyArns.length > MOST_ARNS) {
    const hint = `The ${origin} may name up to ${MOST_ARNS} managed policies, each by its ARN.`;
    throw new Refusal("policy_invalid", { origin, wrong }, { about: { hint } });
  }
  const statements = policy === undefined ? [] : readPolicy(policy, origin);
  if (writePolicy(statements).length > LONGEST_SOURCE) throw tooLarge(statements.length);
  return { origin, statements, arns: [...new Set(policyArns)].sort() };
}

/** Deny statements that keep a session within every source but one; undefined where there are none that do. */
function restrictions(voices: readonly Voice[], allowing: Voice): Statement[] | undefined {
  const found: Statement[] = [];
  for (const other of voices) {
    if (other === allowing) continue;
    const outside = sameManaged(allowing, other) ? [] : outsideOf(other);
    if (outside === undefined) return undefined;
    found.push(...outside, ...other.statements.filter(({ effect }) => effect === "Deny"));
  }
  return unique(found);
}

function outsideOf({ statements, arns }: Voice): Statement[] | undefined {
  return arns.length > 0 ? undefined : complement(statements.filter(({ effect }) => effect === "Allow"));
}

/** Whether everything the one allows comes from managed policies that the other names too. */
const sameManaged = (allowing: Voice, other: Voice): boolean =>
  other.arns.length > 0 &&
  allowing.arns.join() === other.arns.join() &&
  allowing.statements.every(({ effect }) => effect === "Deny");

const unique = (statements: readonly Statement[]): Statement[] => [
  ...new Map(statements.map((statement) => [JSON.stringify(statement), statement])).values(),
];

/**
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-ip.html: calls that a service
 *   makes on the session's behalf come from the service's addresses.
 */
function onlyFrom(ranges: readonly string[]): Statement {
  if (ranges.length === 0 || ranges.length > MOST_RANGES || !ranges.every(isRange)) {
    const hint = `sourceIp takes 1 to ${MOST_RANGES} addresses or CIDR ranges.`;
    throw new Refusal("narrowing_invalid", { sourceIp: ranges.length }, { about: { hint } });
  }
  return deny({
    conditions: [
      { operator: "NotIpAddress", key: "aws:SourceIp", values: [...new Set(ranges)] },
      { operator: "BoolIfExists", key: "aws:ViaAWSService", values: ["false"] },
    ],
  });
}

function isRange(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const family = text.includes("%") ? 0 : isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

const fits = ({ statements, arns }: { statements: readonly Statement[]; arns: readonly string[] }): boolean =>
  arns.join("").length + (statements.length === 0 ? 0 : writePolicy(statements).length) <= LONGEST;

function compose(statements: readonly Statement[], arns: readonly string[]): SessionPolicy {
  if (!fits({ statements, arns })) throw tooLarge(statements.length);
  return {
    ...(statements.length === 0 ? {} : { policy: writePolicy(statements) }),
    ...(arns.length === 0 ? {} : { policyArns: arns }),
  };
}

function tooLarge(statements: number): Refusal {
  const hint = `Session policy and policy ARNs may have ${LONGEST} characters together. Use fewer statements, or wildcards.`;
  return new Refusal("policy_too_large", { statements }, { about: { hint } });
}

function notCombinable(voices: readonly Voice[]): Refusal {
  const origins = voices.map(({ origin }) => origin).join(", ");
  const hint =
    `Session policies come from the ${origins}. At most one of them may name managed policies, and the others must allow ` +
    "by Action and Resource without variables and without conditions that have no exact opposite.";
  return new Refusal("policy_not_combinable", { origins }, { about: { hint } });
}
