import * as v from "valibot";
import { type AuditBucket, type AuditBus, readSinks } from "./audit-places.ts";

const Origin = v.pipe(
  v.string(),
  v.check(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    "an origin such as https://broker.example.com, without a path",
  ),
);
const List = v.pipe(
  v.optional(v.string(), ""),
  v.transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean),
  ),
);

const Environment = v.object({
  /** The broker's own origin. Absolute URLs come from here alone, never from a Host header. */
  SEKISHO_URL: Origin,
  SEKISHO_TABLE: v.pipe(v.string(), v.minLength(3)),
  /** Exact `host:port` pairs that outbound calls may reach although they are private (decision 12). */
  SEKISHO_PRIVATE_HOSTS: List,
  SEKISHO_FEDERATION_URL: v.optional(v.string()),
  SEKISHO_CONSOLE_URL: v.optional(v.string()),
  /** `{"connection":"okta","subject":"..."}` or `{"connection":"okta","claim":"groups","equals":"..."}`. */
  SEKISHO_FIRST_ADMIN: v.optional(v.string()),
  /** The KMS key that seals the audit trail; `worker` alone has it. */
  SEKISHO_AUDIT_KEY: v.optional(v.string()),
  /** Where whole events go besides; nowhere where empty. Parsed by what goes there. */
  SEKISHO_AUDIT_BUS: v.optional(v.string()),
  SEKISHO_AUDIT_BUS_FORMAT: v.optional(v.picklist(["event", "ocsf"]), "event"),
  SEKISHO_AUDIT_BUCKET: v.optional(v.string()),
  SEKISHO_AUDIT_BUCKET_OWNER: v.optional(v.string()),
  SEKISHO_AUDIT_BUCKET_REGION: v.optional(v.string()),
  SEKISHO_AUDIT_BUCKET_KEY: v.optional(v.string()),
  AWS_REGION: v.optional(v.string(), "us-east-1"),
  AWS_LAMBDA_FUNCTION_NAME: v.optional(v.string()),
});

const FirstAdmin = v.union([
  v.strictObject({ connection: v.string(), subject: v.string() }),
  v.strictObject({ connection: v.string(), claim: v.string(), equals: v.string() }),
]);
export type FirstAdmin = v.InferOutput<typeof FirstAdmin>;

/** Deploy-time configuration of a function. */
export interface Config {
  readonly url: string;
  readonly table: string;
  readonly region: string;
  readonly privateHosts: readonly string[];
  readonly federationUrl?: string;
  readonly consoleUrl?: string;
  readonly firstAdmin?: FirstAdmin;
  readonly auditKey?: string;
  readonly auditBus?: AuditBus;
  readonly auditBucket?: AuditBucket;
  /** On Lambda `{ env: }` secrets are refused (decision 20). */
  readonly envSecrets: "allowed" | "refused";
}

/**
 * Reads the environment once, at start.
 *
 * @throws {Error} naming the variable and what it should hold; a function that is configured wrongly must not start.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const parsed = v.safeParse(Environment, environment);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new Error(`${String(issue.path?.[0]?.key ?? "environment")}: ${issue.message}`);
  }
  const { output } = parsed;
  return {
    url: output.SEKISHO_URL,
    table: output.SEKISHO_TABLE,
    region: output.AWS_REGION,
    privateHosts: output.SEKISHO_PRIVATE_HOSTS,
    envSecrets: output.AWS_LAMBDA_FUNCTION_NAME === undefined ? "allowed" : "refused",
    ...(output.SEKISHO_FEDERATION_URL ? { federationUrl: output.SEKISHO_FEDERATION_URL } : {}),
    ...(output.SEKISHO_CONSOLE_URL ? { consoleUrl: output.SEKISHO_CONSOLE_URL } : {}),
    ...(output.SEKISHO_AUDIT_KEY ? { auditKey: output.SEKISHO_AUDIT_KEY } : {}),
    ...readSinks({
      bus: output.SEKISHO_AUDIT_BUS,
      format: output.SEKISHO_AUDIT_BUS_FORMAT,
      bucket: output.SEKISHO_AUDIT_BUCKET,
      owner: output.SEKISHO_AUDIT_BUCKET_OWNER,
      region: output.SEKISHO_AUDIT_BUCKET_REGION || output.AWS_REGION,
      key: output.SEKISHO_AUDIT_BUCKET_KEY,
    }),
    ...(output.SEKISHO_FIRST_ADMIN
      ? { firstAdmin: v.parse(FirstAdmin, JSON.parse(output.SEKISHO_FIRST_ADMIN)) }
      : {}),
  };
}
