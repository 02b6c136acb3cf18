/**
 * What happened, and what an event of each kind always says. The table is closed: a new kind of event is a new line
 * here and a sentence in docs/audit.md.
 */
export const AUDIT_KINDS = {
  "signin.finished": ["personId", "connection", "sourceIp", "version", "expiresAt", "detail"],
  "signin.refused": ["sourceIp", "code"],
  signout: ["personId", "connection", "sourceIp"],
  "credentials.issued": [
    "personId",
    "connection",
    "sourceIp",
    "accountId",
    "role",
    "rules",
    "version",
    "assertionId",
    "accessKeyId",
    "expiresAt",
  ],
  "credentials.refused": ["sourceIp", "accountId", "code"],
  "console.opened": [
    "personId",
    "connection",
    "sourceIp",
    "accountId",
    "role",
    "rules",
    "version",
    "assertionId",
    "accessKeyId",
    "expiresAt",
  ],
  "console.refused": ["sourceIp", "accountId", "code"],
  "token.issued": ["personId", "connection", "sourceIp", "expiresAt", "detail"],
  "token.refused": ["sourceIp"],
  "config.published": ["version", "detail"],
  "config.refused": ["code", "detail"],
  "config.scheduled": ["detail"],
  "config.schedule-cancelled": ["detail"],
  "config.schedule-failed": ["code", "detail"],
  "config.origin-forgotten": ["detail"],
  "connection.refreshed": ["connection", "detail"],
  "connection.refresh-failed": ["connection", "code", "detail"],
  "keys.changed": ["detail"],
  "admin.recovered": ["connection", "rules", "version"],
  "admin.refused": ["sourceIp", "code"],
  "admin.read": ["personId", "connection", "sourceIp", "detail"],
} as const satisfies Readonly<Record<string, readonly (keyof AuditEvent)[]>>;

export type AuditKind = keyof typeof AUDIT_KINDS;

export const isAuditKind = (text: string): text is AuditKind => Object.hasOwn(AUDIT_KINDS, text);

/** Whether an event of this kind tells of a no. */
export const outcomeOf = (kind: string): "done" | "refused" =>
  /\.(?:refused|refresh-failed|schedule-failed)$/.test(kind) ? "refused" : "done";

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
