import type { PolicyDocument } from "./role.ts";

/** What somebody may do with the broker: everything; change rules and scopes; read. */
export const BROKER_RIGHTS = ["admin", "editor", "auditor"] as const;
export type BrokerRight = (typeof BROKER_RIGHTS)[number];

/** Bounds of an editor by one rule. Without either the whole of rules and scopes is theirs. */
export interface EditingBounds {
  readonly rule: string;
  /** Rules they change grant within these selectors alone. */
  readonly accounts?: readonly string[];
  /** And speak of these connections alone. */
  readonly connections?: readonly string[];
}

/** Three values (decision 3). Allow needs true; deny fires on true or unknown. */
export type Truth = "true" | "false" | "unknown";

/** One condition as it was judged, for explanations. */
export interface Judged {
  /** The condition in short form, e.g. `groups equals sre`. */
  readonly condition: string;
  readonly truth: Truth;
}

/** Why a rule gave, refused or did not apply. */
export interface Reason {
  readonly rule: string;
  readonly effect: "allow" | "deny" | "eligible";
  readonly truth: Truth;
  readonly conditions: readonly Judged[];
  /** It only would have: the rule is in shadow. */
  readonly shadow?: true;
}

/** One role a person has now, and through what. */
export interface GrantedRole {
  readonly accountId: string;
  readonly role: string;
  /** Ids of the allow rules that gave it, in byte order. */
  readonly rules: readonly string[];
  /** Longest session, seconds: of the highest-priority rule that gives it, ties by rule id; never above the role's maximum. */
  readonly sessionSeconds: number;
  readonly tags: Readonly<Record<string, string>>;
  /** SourceIdentity by that rule, with `{person}` where the person's id goes; the id alone where absent. */
  readonly sourceIdentity?: string;
  /** Session policy of that rule. */
  readonly policy?: PolicyDocument;
  readonly policyArns?: readonly string[];
  /** When set, only sessions within one of these scopes may be issued. */
  readonly scopes?: readonly string[];
}

/** What rules in shadow would have done if they did what they say, each by itself. */
export interface ShadowEffects {
  /** Roles that an allow would have given to somebody who has them not. */
  readonly gives: readonly Place[];
  /** Roles that somebody has and a deny would have taken away. */
  readonly takes: readonly Place[];
}

interface Place {
  readonly accountId: string;
  readonly role: string;
  readonly rules: readonly string[];
}

/** Roles plus the rules that gave or refused them; never a bare yes or no. */
export interface Decision {
  /** Version of the rule set that was asked. */
  readonly version: number;
  /** Ordered by account id, then role name. */
  readonly roles: readonly GrantedRole[];
  /** Roles that an allow gave and a deny took away. */
  readonly denied: readonly {
    readonly accountId: string;
    readonly role: string;
    readonly rules: readonly string[];
  }[];
  /** Roles the person does not have and could ask for: an eligible rule names them and no deny covers them. */
  readonly eligible: readonly {
    readonly accountId: string;
    readonly role: string;
    readonly rules: readonly string[];
  }[];
  /** Rights on the broker itself, in the order of `BROKER_RIGHTS`. */
  readonly broker: readonly BrokerRight[];
  /** Where an editor may edit, rule by rule; absent where nobody is one. */
  readonly editing?: readonly EditingBounds[];
  /** Absent where no rule in shadow would have done anything. */
  readonly shadow?: ShadowEffects;
  /** Every rule that was considered, in order of rule id. */
  readonly reasons: readonly Reason[];
}
