import { conditionHolds } from "./conditions.ts";
import { type Context, globMatches } from "./glob.ts";
import { managedPolicy } from "./managed-policies.ts";
import { parsePolicy, type Statement } from "./policy.ts";
import type { AwsSession, State } from "./state.ts";

/** What somebody wants to do. */
export interface Wish {
  /** `service:Operation`. */
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

export type Effect = "allow" | "deny" | "silent";

const matchesAction = ({ actions, exceptActions }: Statement, { action }: Wish): boolean =>
  actions.some((pattern) => globMatches(pattern.toLowerCase(), action.toLowerCase())) !== exceptActions;

const matchesResource = ({ resources, exceptResources }: Statement, { resource, context }: Wish): boolean =>
  resources.some((pattern) => globMatches(pattern, resource, context)) !== exceptResources;

/** Whether a statement speaks of this wish; principals are the caller's concern. */
export const speaksOf = (statement: Statement, wish: Wish): boolean =>
  matchesAction(statement, wish) &&
  matchesResource(statement, wish) &&
  statement.conditions.every((condition) => conditionHolds(condition, wish.context, statement.effect));

/** A deny anywhere wins, then any allow. */
export function effectOf(statements: readonly Statement[], wish: Wish): Effect {
  const speaking = statements.filter((statement) => speaksOf(statement, wish));
  if (speaking.some(({ effect }) => effect === "Deny")) return "deny";
  return speaking.length > 0 ? "allow" : "silent";
}

/** Which of a session's two bounds said no. */
export interface Verdict {
  readonly allowed: boolean;
  readonly reason:
    | "allowed"
    | "denied by the role's policies"
    | "not allowed by the role's policies"
    | "denied by the session policy"
    | "not allowed by the session policy";
}

const managedStatements = (state: State, arns: readonly string[]): readonly Statement[] =>
  arns.flatMap((arn) => {
    const document = managedPolicy(state, arn);
    return document === undefined ? [] : parsePolicy(document, "identity");
  });

/** Condition keys that every request of a session carries. */
export function sessionContext(session: AwsSession, now: number): Map<string, readonly string[]> {
  const context = new Map<string, readonly string[]>([
    ["aws:principalaccount", [session.accountId]],
    ["aws:principalarn", [session.roleArn]],
    ["aws:principaltype", ["AssumedRole"]],
    ["aws:userid", [`${session.roleId}:${session.sessionName}`]],
    ["aws:currenttime", [new Date(now * 1000).toISOString()]],
    ["aws:epochtime", [String(now)]],
    ["aws:tokenissuetime", [new Date(session.issuedAt * 1000).toISOString()]],
  ]);
  for (const [key, value] of Object.entries(session.tags))
    context.set(`aws:principaltag/${key.toLowerCase()}`, [value]);
  if (session.sourceIdentity !== undefined) context.set("aws:sourceidentity", [session.sourceIdentity]);
  if (session.saml) {
    context.set("saml:sub", [session.saml.sub]);
    context.set("saml:sub_type", [session.saml.subType]);
    context.set("saml:namequalifier", [session.saml.nameQualifier]);
  }
  return context;
}

/** What a session may do: what its role's policies allow, and its session policies too where it has any. */
export function judge(state: State, session: AwsSession, wish: Wish): Verdict {
  const role = state.roles.get(session.roleArn);
  const ofRole = [
    ...Object.values(role?.policies ?? {}).flatMap((text) => parsePolicy(text, "identity")),
    ...managedStatements(state, role?.attached ?? []),
  ];
  const ofSession = [
    ...(session.policy === undefined ? [] : parsePolicy(session.policy, "identity")),
    ...managedStatements(state, session.policyArns),
  ];
  const narrowed = session.policy !== undefined || session.policyArns.length > 0;
  const bySession = narrowed ? effectOf(ofSession, wish) : "allow";
  if (bySession === "deny") return { allowed: false, reason: "denied by the session policy" };
  const byRole = effectOf(ofRole, wish);
  if (byRole === "deny") return { allowed: false, reason: "denied by the role's policies" };
  if (byRole === "silent") return { allowed: false, reason: "not allowed by the role's policies" };
  if (bySession === "silent") return { allowed: false, reason: "not allowed by the session policy" };
  return { allowed: true, reason: "allowed" };
}
