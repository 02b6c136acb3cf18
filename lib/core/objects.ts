import type * as v from "valibot";
import { Connection } from "./connection.ts";
import { Invariant, Test } from "./promise.ts";
import { Account, Role, Scope } from "./role.ts";
import { Rule } from "./rule.ts";
import { Settings } from "./settings.ts";

/** Everything an administrator configures, by kind; what `sekisho apply` sends and the store publishes as one version. */
export interface Configuration {
  readonly connections: readonly Connection[];
  readonly accounts: readonly Account[];
  readonly roles: readonly Role[];
  readonly rules: readonly Rule[];
  readonly scopes: readonly Scope[];
  readonly tests: readonly Test[];
  readonly invariants: readonly Invariant[];
  readonly settings: Settings;
}

/** Schema of one object by its `kind`. */
export const KINDS = { Connection, Account, Role, Rule, Scope, Test, Invariant, Settings } as const;
export type Kind = keyof typeof KINDS;
export type ConfigObject = v.InferOutput<(typeof KINDS)[Kind]>;
