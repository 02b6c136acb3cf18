/** One set of AWS credentials, as STS answered. Never logged, never stored. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: number;
}

/** What a caller asks for beyond account and role. Everything here can only narrow. */
export interface Narrowing {
  readonly scope?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** A session policy of the caller's own, JSON text of at most 2,048 characters. */
  readonly policy?: string;
  readonly policyArns?: readonly string[];
  readonly durationSeconds?: number;
  /** CIDR ranges or addresses the session may be used from. */
  readonly sourceIp?: readonly string[];
}
