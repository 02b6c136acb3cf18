import type { Configuration } from "../core/objects.ts";
import type { Problem } from "../core/problem.ts";
import type { Account, Role } from "../core/role.ts";
import type { Epoch } from "../core/time.ts";
import { regexLinter } from "./regex.ts";
import { selects } from "./selectors.ts";
import { nearest } from "./words.ts";

/** What every check reads, looked up once. */
export interface LintContext {
  readonly configuration: Configuration;
  readonly positions: ReadonlyMap<object, number>;
  readonly connections: ReadonlyMap<string, Configuration["connections"][number]>;
  readonly scopes: ReadonlySet<string>;
  readonly roleNames: ReadonlySet<string>;
  /** Accounts in which roles of a name stand; none where there is no such role. */
  readonly placesOf: (name: string) => ReadonlySet<Account>;
  /** Ids of the accounts a selector means. */
  readonly selected: (selector: string) => readonly Account[];
  /** The role that was most likely meant; not guessed any more after many a guess. */
  readonly roleLike: (name: string) => string | undefined;
  /** What speaks against a regular expression; each is worked out once, and not every one of too many. */
  readonly regexProblem: (pattern: string) => string | undefined;
  readonly now: Epoch | undefined;
}

export function contextOf(
  configuration: Configuration,
  positions: ReadonlyMap<object, number>,
  now: Epoch | undefined,
): LintContext {
  const known = new Map<string, readonly Account[]>();
  const roleNames = new Set(configuration.roles.map(({ name }) => name));
  const places = new Map<string, ReadonlySet<Account>>();
  const selected = (selector: string): readonly Account[] => {
    const found = known.get(selector) ?? configuration.accounts.filter((one) => selects(selector, one));
    known.set(selector, found);
    return found;
  };
  const placesOf = (name: string): ReadonlySet<Account> => {
    const named = () => configuration.roles.filter((role) => role.name === name);
    const found = places.get(name) ?? new Set(named().flatMap(({ accounts }) => accounts.flatMap(selected)));
    places.set(name, found);
    return found;
  };
  return {
    configuration,
    positions,
    connections: new Map(configuration.connections.map((one) => [one.id, one])),
    scopes: new Set(configuration.scopes.map(({ id }) => id)),
    roleNames,
    roleLike: guesser([...roleNames]),
    regexProblem: regexLinter(),
    now,
    selected,
    placesOf,
  };
}

/** Names may be thousands and mistakes as many; whoever makes so many did not mistype them one by one. */
const MOST_GUESSES = 50;

function guesser(names: readonly string[]): (name: string) => string | undefined {
  let left = MOST_GUESSES;
  return (name) => (left-- > 0 ? nearest(name, names) : undefined);
}

/** Which accounts a role stands in, each once. */
export const placedIn = (role: Role, context: LintContext): readonly Account[] => [
  ...new Set(role.accounts.flatMap(context.selected)),
];

type Configured = { readonly kind: Exclude<Problem["kind"], "Configuration"> } & (
  | { readonly id: string }
  | { readonly name: string }
  | object
);

/** A problem of one object. */
export type Report = (
  path: Problem["path"],
  message: string,
  fix: string,
  severity?: Problem["severity"],
) => Problem;

export function reporterOf(object: Configured, { positions }: LintContext): Report {
  return (path, message, fix, severity = "error") => {
    const id = "id" in object ? object.id : "name" in object ? object.name : "";
    const index = positions.get(object);
    const where = { kind: object.kind, id: String(id), ...(index === undefined ? {} : { index }) };
    return { severity, ...where, path, message, fix };
  };
}
