import { judge, sessionContext } from "./evaluate.ts";
import { AwsFault } from "./faults.ts";
import type { Context } from "./glob.ts";
import { members, type Parameters, required, wholeNumber } from "./query.ts";
import { packedSize, readSessionPolicy } from "./session-policy.ts";
import { checkTags } from "./session-tags.ts";
import { describeSession, openSession, sessionArn } from "./sessions.ts";
import type { Caller } from "./sigv4.ts";
import type { AwsSession, IamRole } from "./state.ts";
import { trusts } from "./trust.ts";
import type { World } from "./wire.ts";
import type { XmlFields } from "./xml.ts";

/** Longest session of a role assumed by a role, in seconds. */
const CHAINED_SECONDS = 3600;

/** ARN of a caller, as GetCallerIdentity and error messages have it. */
export const callerArn = (caller: Caller): string =>
  caller.kind === "session"
    ? sessionArn(caller.session)
    : `arn:aws:iam::${caller.accountId}:user/local-administrator`;

const denied = (caller: Caller, action: string, roleArn: string) =>
  new AwsFault(
    403,
    "AccessDenied",
    `User: ${callerArn(caller)} is not authorized to perform: ${action} on resource: ${roleArn}`,
  );

interface Tags {
  /** Tags of the new session: what is passed on, and what was asked for. */
  readonly all: Readonly<Record<string, string>>;
  readonly transitive: readonly string[];
}

function readTags(parameters: Parameters, from: AwsSession | undefined): Tags {
  const refuse = (message: string) => new AwsFault(400, "ValidationError", message);
  const keys = members(parameters, "Tags", ".Key");
  const values = members(parameters, "Tags", ".Value");
  const transitive = members(parameters, "TransitiveTagKeys");
  const asked = keys.map((key, at): [string, string] => [key, values[at] ?? ""]);
  checkTags(asked, transitive, refuse);
  const passed = (from?.transitiveTagKeys ?? []).map((key): [string, string] => [key, from?.tags[key] ?? ""]);
  for (const [key] of passed)
    if (keys.some((each) => each.toLowerCase() === key.toLowerCase()))
      throw refuse(`The tag ${key} is passed on and cannot be set again`);
  return {
    all: Object.fromEntries([...passed, ...asked]),
    transitive: [...passed.map(([key]) => key), ...transitive],
  };
}

function trustContext(tags: Tags, sessionName: string, sourceIdentity: string | undefined): Context {
  const context = new Map<string, readonly string[]>([["sts:rolesessionname", [sessionName]]]);
  for (const [key, value] of Object.entries(tags.all))
    context.set(`aws:requesttag/${key.toLowerCase()}`, [value]);
  if (Object.keys(tags.all).length > 0) context.set("aws:tagkeys", Object.keys(tags.all));
  if (tags.transitive.length > 0) context.set("sts:transitivetagkeys", tags.transitive);
  if (sourceIdentity !== undefined) context.set("sts:sourceidentity", [sourceIdentity]);
  return context;
}

/** Every name a trust policy may call a caller by. */
const namesOf = (caller: Caller): readonly string[] => [
  callerArn(caller),
  caller.accountId,
  `arn:aws:iam::${caller.accountId}:root`,
  ...(caller.kind === "session" ? [caller.session.roleArn] : []),
];

/** Both sides must agree: the caller's own policies and the role's trust. */
function checkBothSides(
  world: World,
  caller: Caller,
  role: IamRole,
  actions: readonly string[],
  context: Context,
) {
  const asker = { kind: "AWS", names: namesOf(caller) } as const;
  for (const action of actions) {
    if (caller.kind === "session") {
      const own = new Map([...sessionContext(caller.session, world.clock.now()), ...context]);
      if (!judge(world.state, caller.session, { action, resource: role.arn, context: own }).allowed)
        throw denied(caller, action, role.arn);
    }
    if (trusts(role, asker, action, context) !== "allow") throw denied(caller, action, role.arn);
  }
}

function durationOf(parameters: Parameters, role: IamRole, chained: boolean): number {
  const seconds = wholeNumber(parameters, "DurationSeconds", 900, 43_200) ?? CHAINED_SECONDS;
  const refuse = (message: string) => new AwsFault(400, "ValidationError", message);
  if (chained && seconds > CHAINED_SECONDS)
    throw refuse(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  if (seconds > role.maxSessionSeconds)
    throw refuse("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  return seconds;
}

/** `AssumeRole`: what tells whether a session can climb from role to role. */
export function assumeRole(caller: Caller, parameters: Parameters, world: World): XmlFields {
  const roleArn = required(parameters, "RoleArn");
  const sessionName = required(parameters, "RoleSessionName");
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
    throw new AwsFault(400, "ValidationError", "RoleSessionName must match [\\w+=,.@-]{2,64}");
  const role = world.state.roles.get(roleArn);
  if (!role) throw denied(caller, "sts:AssumeRole", roleArn.slice(0, 200));
  const from = caller.kind === "session" ? caller.session : undefined;
  const asked = parameters.get("SourceIdentity");
  const sourceIdentity = from?.sourceIdentity ?? asked;
  if (asked !== undefined && (asked !== sourceIdentity || !/^[\w+=,.@-]{2,64}$/.test(asked)))
    throw denied(caller, "sts:SetSourceIdentity", roleArn);
  const tags = readTags(parameters, from);
  const seconds = durationOf(parameters, role, from !== undefined);
  const policy = readSessionPolicy(parameters, world.state, role.accountId);
  const actions = ["sts:AssumeRole"];
  if (Object.keys(tags.all).length > 0) actions.push("sts:TagSession");
  if (sourceIdentity !== undefined) actions.push("sts:SetSourceIdentity");
  checkBothSides(world, caller, role, actions, trustContext(tags, sessionName, sourceIdentity));
  const packedPercent = packedSize(policy, tags.all);
  const session = openSession(world, role, {
    ...policy,
    sessionName,
    expiresAt: world.clock.now() + seconds,
    tags: tags.all,
    transitiveTagKeys: tags.transitive,
    chained: from !== undefined,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  });
  return describeSession(session, packedPercent);
}
