import { toInstant } from "../../lib/core/time.ts";
import { LOGIN } from "./commands.ts";
import type { IssuedKeys, RoleRow } from "./view.ts";

/** The forms in which a person takes keys away. */
export const KEY_FORMS = ["env", "profile", "json"] as const;
export type KeyForm = (typeof KEY_FORMS)[number];

/** Stands for a value that is not shown. */
const MASK = "•".repeat(18);

/** The values to write; without `issued` everything is masked, without `shown` the two secret ones. */
export function valuesOf(issued: IssuedKeys | undefined, shown: boolean): Record<string, string> {
  return {
    accessKeyId: issued?.accessKeyId ?? MASK,
    secretAccessKey: issued && shown ? issued.secretAccessKey : MASK,
    sessionToken: issued && shown ? issued.sessionToken : MASK,
    expiration: issued ? toInstant(issued.expiresAt) : MASK,
    region: issued?.region ?? "",
  };
}

/** One word of bash or zsh, quoted where it must be. */
const word = (text: string): string =>
  /^[\w%+,./:=@•-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A name for the profile: letters, digits and hyphens of the account and the role. */
export const profileName = (row: RoleRow): string =>
  `${row.accountName}-${row.role}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "") || row.accountId;

/** The text of one form, ready to paste. */
export function keyText(form: KeyForm, row: RoleRow, values: Readonly<Record<string, string>>): string {
  const { accessKeyId = "", secretAccessKey = "", sessionToken = "", expiration = "", region = "" } = values;
  if (form === "json")
    return JSON.stringify(
      {
        Version: 1,
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: expiration,
      },
      undefined,
      2,
    );
  if (form === "profile")
    return [
      `[${profileName(row)}]`,
      `aws_access_key_id = ${accessKeyId}`,
      `aws_secret_access_key = ${secretAccessKey}`,
      `aws_session_token = ${sessionToken}`,
      ...(region ? [`region = ${region}`] : []),
    ].join("\n");
  return [
    `export AWS_ACCESS_KEY_ID=${word(accessKeyId)}`,
    `export AWS_SECRET_ACCESS_KEY=${word(secretAccessKey)}`,
    `export AWS_SESSION_TOKEN=${word(sessionToken)}`,
    ...(region ? [`export AWS_REGION=${word(region)}`] : []),
  ].join("\n");
}

/** The two variables with which a stock SDK or the CLI asks by itself; the second is what `sekisho login` prints. */
export const programText = (row: RoleRow, brokerUrl: string): string =>
  [
    `export AWS_CONTAINER_CREDENTIALS_FULL_URI=${word(
      `${brokerUrl}/api/credentials/${row.accountId}/${encodeURIComponent(row.role.toWellFormed())}`,
    )}`,
    `eval "$(${LOGIN.credentials} --broker ${word(brokerUrl)})"`,
  ].join("\n");

/** Lengths worth offering, in seconds: STS takes 15 minutes at least. */
const LENGTHS = [900, 1800, 3600, 7200, 14_400, 28_800, 43_200];

/** Lengths a role allows, its longest last. */
export const lengthsOf = (sessionSeconds: number): number[] => [
  ...LENGTHS.filter((seconds) => seconds < sessionSeconds),
  sessionSeconds,
];
