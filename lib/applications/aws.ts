import { sitesOf } from "../aws/partition.ts";
import { type PolicySource, type SessionPolicy, sessionPolicy } from "../aws/policy.ts";
import { retrying } from "../aws/retry.ts";
import { fillScope } from "../aws/scope.ts";
import { sessionDuration, sessionName, sessionTags, sourceIdentityOf } from "../aws/session.ts";
import { assumeRoleWithSaml } from "../aws/sts.ts";
import type { GrantedRole } from "../core/decision.ts";
import { Refusal } from "../core/errors.ts";
import type { Narrowing } from "../core/issue.ts";
import type { Scope } from "../core/role.ts";
import { type AssertionInput, mintAssertion } from "../saml/assertion.ts";
import type { Issue, IssueRequest, IssueTools } from "./application.ts";

const ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/";
/** STS takes an assertion for five minutes; ours is redeemed at once, and a stolen one should be worth little. */
const REDEEM_SECONDS = 120;
const LONGEST_POLICY = 2048;

/**
 * Issues AWS credentials for one role: one assertion, minted for this moment and this role, signed by KMS and redeemed
 * at the account's regional STS.
 *
 * Whatever was asked for can only narrow: time is the least of all limits, and what the session allows is what caller,
 * scope and rule all allow.
 *
 * @throws {Refusal} for what cannot be narrowed so (`policy_*`, `scope_*`, `narrowing_invalid`, `session_*`) and for what
 *   AWS refuses (`aws_*`).
 */
export async function issueCredentials(tools: IssueTools, request: IssueRequest): Promise<Issue> {
  const { narrowing, granted, scope } = request;
  checkScope(granted, scope, narrowing);
  const policy = narrow(granted, scope, narrowing);
  const name = sessionName(request.identity, request.personId);
  const sourceIdentity = request.placed.sourceIdentity
    ? sourceIdentityOf(granted, request.personId)
    : undefined;
  return retrying(async () => {
    const { durationSeconds, endsAt } = durationOf(tools, request);
    const assertion = assertionFor(tools, request, { durationSeconds, endsAt, name, sourceIdentity });
    const { assertionId, response } = await mintAssertion(assertion, tools.signer);
    const credentials = await assumeRoleWithSaml({
      placed: request.placed,
      response,
      durationSeconds,
      sessionName: name,
      now: tools.clock.now(),
      ...policy,
    });
    return {
      credentials,
      assertionId,
      durationSeconds,
      sessionName: name,
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    };
  });
}

/** The flow looks the scope up and knows what the rules allow; what does not agree is issued to nobody. */
function checkScope(granted: GrantedRole, scope: Scope | undefined, narrowing: Narrowing): void {
  const about = { accountId: granted.accountId, role: granted.role };
  if (narrowing.scope !== scope?.id)
    throw new Refusal("scope_unknown", { asked: narrowing.scope !== undefined }, { about });
  if (granted.scopes !== undefined && scope === undefined)
    throw new Refusal("scope_required", { scopes: granted.scopes }, { about });
  if (granted.scopes !== undefined && scope !== undefined && !granted.scopes.includes(scope.id))
    throw new Refusal("scope_unknown", { scope: scope.id }, { about });
}

function narrow(granted: GrantedRole, scope: Scope | undefined, narrowing: Narrowing): SessionPolicy {
  if (
    scope === undefined &&
    narrowing.parameters !== undefined &&
    Object.keys(narrowing.parameters).length > 0
  )
    throw new Refusal(
      "narrowing_invalid",
      { parameters: "without scope" },
      { about: { hint: "Parameters belong to a scope; name one." } },
    );
  const sources: PolicySource[] = [
    {
      origin: "caller",
      ...(narrowing.policy === undefined ? {} : { policy: readCallerPolicy(narrowing.policy) }),
      ...(narrowing.policyArns === undefined ? {} : { policyArns: narrowing.policyArns }),
    },
    { origin: "scope", ...(scope === undefined ? {} : fillScope(scope, narrowing.parameters)) },
    {
      origin: "rule",
      ...(granted.policy === undefined ? {} : { policy: granted.policy }),
      ...(granted.policyArns === undefined ? {} : { policyArns: granted.policyArns }),
    },
  ];
  return sessionPolicy({
    sources,
    chaining: scope === undefined || scope.allowAssumeRole ? "allowed" : "denied",
    ...(narrowing.sourceIp === undefined ? {} : { sourceIp: narrowing.sourceIp }),
  });
}

function readCallerPolicy(text: string): unknown {
  const refusal = (code: "policy_invalid" | "policy_too_large", hint: string) =>
    new Refusal(code, { origin: "caller", length: text.length }, { about: { hint } });
  if (text.length > LONGEST_POLICY)
    throw refusal("policy_too_large", `The caller's session policy may have ${LONGEST_POLICY} characters.`);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's words would quote the policy.
    throw refusal("policy_invalid", "The caller's session policy is not JSON.");
  }
}

function durationOf({ clock }: IssueTools, { narrowing, granted, scope, placed, ...request }: IssueRequest) {
  const { providerSessionEndsAt } = request.identity;
  return sessionDuration({
    now: clock.now(),
    grantedSeconds: granted.sessionSeconds,
    roleMaxSeconds: placed.maxSessionSeconds,
    sessionEndsAt: request.sessionEndsAt,
    ...(narrowing.durationSeconds === undefined ? {} : { asked: narrowing.durationSeconds }),
    ...(scope?.maxSeconds === undefined ? {} : { scopeMaxSeconds: scope.maxSeconds }),
    ...(providerSessionEndsAt === undefined ? {} : { providerSessionEndsAt }),
  });
}

interface SessionFacts {
  readonly durationSeconds: number;
  readonly endsAt: number;
  readonly name: string;
  readonly sourceIdentity: string | undefined;
}

function assertionFor({ clock }: IssueTools, request: IssueRequest, facts: SessionFacts): AssertionInput {
  const { placed, granted, identity, personId } = request;
  const { audience, recipient } = sitesOf(placed.partition);
  const now = clock.now();
  return {
    issuer: request.issuerEntityId,
    audience,
    recipient,
    nameId: personId,
    issuedAt: now,
    redeemBefore: now + REDEEM_SECONDS,
    authenticatedAt: Math.min(identity.authenticatedAt ?? now, now),
    sessionEndsAt: facts.endsAt,
    attributes: attributesFor(granted, placed, facts),
  };
}

/** What STS reads. One role alone: whoever holds the assertion could otherwise choose another. */
function attributesFor(
  granted: GrantedRole,
  placed: IssueRequest["placed"],
  { name, durationSeconds, sourceIdentity }: SessionFacts,
): AssertionInput["attributes"] {
  const { tags, transitive } = sessionTags(granted, placed);
  return [
    [`${ATTRIBUTE}Role`, [`${placed.roleArn},${placed.providerArn}`]],
    [`${ATTRIBUTE}RoleSessionName`, [name]],
    [`${ATTRIBUTE}SessionDuration`, [String(durationSeconds)]],
    [`${ATTRIBUTE}SourceIdentity`, sourceIdentity === undefined ? [] : [sourceIdentity]],
    ...Object.entries(tags).map(([key, value]): readonly [string, readonly string[]] => [
      `${ATTRIBUTE}PrincipalTag:${key}`,
      [value],
    ]),
    [`${ATTRIBUTE}TransitiveTagKeys`, transitive],
  ];
}
