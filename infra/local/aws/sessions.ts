import { randomBytes } from "node:crypto";
import type { AwsSession, IamRole } from "./state.ts";
import { isoTime, type World } from "./wire.ts";
import type { XmlFields } from "./xml.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** An id as AWS makes them: `ASIA`, `AROA`, ... and 16 letters and digits. */
export const awsId = (prefix: string): string =>
  prefix + Array.from(randomBytes(16), (byte) => ALPHABET[byte % 32]).join("");

export const partitionIdOf = (arn: string): string => arn.split(":")[1] ?? "";
export const accountOf = (arn: string): string => arn.split(":")[4] ?? "";

/** `arn:aws:sts::111111111111:assumed-role/Admin/sre` */
export const sessionArn = (session: AwsSession): string =>
  `arn:${session.partition}:sts::${session.accountId}:assumed-role/${session.roleName}/${session.sessionName}`;

/** What a session is made of; keys, ids and times are added. */
export type SessionWish = Pick<
  AwsSession,
  "sessionName" | "expiresAt" | "tags" | "transitiveTagKeys" | "policyArns" | "chained"
> &
  Partial<Pick<AwsSession, "sourceIdentity" | "policy" | "saml">>;

/** Makes the credentials of one session and remembers them. */
export function openSession(world: World, role: IamRole, wish: SessionWish): AwsSession {
  const session: AwsSession = {
    ...wish,
    accessKeyId: awsId("ASIA"),
    secretAccessKey: randomBytes(30).toString("base64"),
    sessionToken: randomBytes(240).toString("base64"),
    accountId: role.accountId,
    partition: partitionIdOf(role.arn),
    roleArn: role.arn,
    roleName: role.name,
    roleId: role.id,
    maxSessionSeconds: role.maxSessionSeconds,
    issuedAt: world.clock.now(),
  };
  world.state.sessions.set(session.accessKeyId, session);
  return session;
}

/** The part of an answer that AssumeRole and AssumeRoleWithSAML share. */
export const describeSession = (session: AwsSession, packedPercent: number): XmlFields => ({
  Credentials: {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: isoTime(session.expiresAt),
  },
  AssumedRoleUser: {
    AssumedRoleId: `${session.roleId}:${session.sessionName}`,
    Arn: sessionArn(session),
  },
  PackedPolicySize: packedPercent > 0 ? packedPercent : undefined,
  SourceIdentity: session.sourceIdentity,
});
