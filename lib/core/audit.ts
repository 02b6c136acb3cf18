/** What happened. The union is closed: a new kind of event is a new line here and a sentence in docs/storage.md. */
export type AuditKind =
  | "signin.finished"
  | "signin.refused"
  | "signout"
  | "session.listed"
  | "credentials.issued"
  | "credentials.refused"
  | "console.opened"
  | "console.refused"
  | "token.issued"
  | "token.refused"
  | "config.published"
  | "config.refused"
  | "connection.refreshed"
  | "connection.refresh-failed"
  | "keys.changed"
  | "admin.recovered"
  | "admin.refused"
  | "admin.read";

/**
 * One event. It names people by opaque id alone; names live in a separate record that can be erased.
 * Written before the answer leaves, or the answer fails.
 */
export interface AuditEvent {
  readonly schema: 1;
  /** ULID; also the reference id a person is shown. */
  readonly id: string;
  readonly at: number;
  readonly kind: AuditKind;
  readonly personId?: string;
  readonly connection?: string;
  readonly actor: "person" | "workload" | "operator" | "broker" | "stranger";
  readonly sourceIp?: string;
  readonly accountId?: string;
  readonly role?: string;
  /** Ids of the rules that gave or refused. */
  readonly rules?: readonly string[];
  /** Version of the rule set the decision was made with. */
  readonly version?: number;
  readonly scope?: string;
  /** Refusal code. */
  readonly code?: string;
  /** Joins to CloudTrail: id of the SAML assertion and the access key STS answered; never the secret. */
  readonly assertionId?: string;
  readonly accessKeyId?: string;
  readonly expiresAt?: number;
  /** Small facts without personal data: names of configuration objects, counts, hashes. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}
