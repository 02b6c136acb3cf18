import type { Decision } from "../core/decision.ts";
import type { Identity } from "../core/identity.ts";
import type { Configuration } from "../core/objects.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import type { Epoch } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { type CompiledRules, compileRules } from "./compile.ts";
import { askedKeys } from "./index.ts";
import { worldOf } from "./place.ts";

/** A configuration ready to decide by: before a change, or after it. */
export interface Side {
  readonly configuration: Configuration;
  readonly world: World;
  /** The rules that could concern somebody. */
  readonly find: Finder;
}

export type Finder = (identity: Identity, sourceIp?: string) => CompiledRule[];

/** Decides by given rules; the flow's own way, which knows of the first administrator. */
export type DecideBy = (
  identity: Identity,
  rules: readonly CompiledRule[],
  world: World,
  at: { readonly now: Epoch; readonly sourceIp?: string },
) => Decision;

/** Finds the rules under somebody's keys, as readers of the store do. */
export const finderOf =
  ({ buckets, lengths }: Pick<CompiledRules, "buckets" | "lengths">): Finder =>
  (identity, sourceIp) =>
    askedKeys(identity, lengths, sourceIp).flatMap((key) => buckets.get(key) ?? []);

/** @param compiled Its rules, where they are compiled already. */
export const sideOf = (
  configuration: Configuration,
  compiled: CompiledRules = compileRules(configuration.rules, configuration.connections),
): Side => ({ configuration, world: worldOf(configuration, 0), find: finderOf(compiled) });
