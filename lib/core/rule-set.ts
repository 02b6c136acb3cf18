import type { Rule } from "./rule.ts";

/** A rule as decisions need it: no prose, its connections as a list. Immutable; JSON as it stands. */
export interface CompiledRule {
  readonly id: string;
  readonly effect: Rule["effect"];
  /** `["*"]` is every connection of people, in a deny only (decision 2). */
  readonly connections: readonly string[];
  readonly when: Rule["when"];
  readonly grant: Rule["grant"];
  readonly priority: number;
  /** Judged and told of, and nothing else; absent where the rule does what it says. */
  readonly shadow?: true;
  /** Epoch seconds; absent where the rule has no beginning or no end, so that it is stored as ever. */
  readonly from?: number;
  readonly until?: number;
  /** Whom to ask. Only where a rule is filed for explanations. */
  readonly owner?: string;
}

/** How long the literal beginnings and ends are that rules of one connection are filed under, by claim. */
export interface ClaimLengths {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Values that very many rules share -> the claims of which those rules ask for a value besides. */
  readonly both?: Readonly<Record<string, readonly string[]>>;
}

/** Connection (or `*`) -> claim -> lengths. What a decision must know to ask for the right keys. */
export type Lengths = Readonly<Record<string, Readonly<Record<string, ClaimLengths>>>>;

/** The published version, as one item: whoever holds it can find everything of that version. */
export interface Head {
  /** 0 before anything was published. */
  readonly version: number;
  /** Hash of the configuration as written. */
  readonly hash: string;
  readonly lengths: Lengths;
  /**
   * Pairs of an account's selector and a role whose rules lie in several buckets, and in how many. Absent where rules
   * were not filed by what they give: older code published that version.
   */
  readonly granting?: Readonly<Record<string, number>>;
  /** Hash and size of the chunk that says which buckets there are. Absent where every key must be asked for. */
  readonly filter?: { readonly hash: string; readonly bytes: number };
  /** Hashes of the chunks that hold the compiled configuration besides rules. */
  readonly snapshot: readonly string[];
  /** Hashes of the chunks that hold the configuration as written. */
  readonly source: readonly string[];
  /** Versions that were begun and never finished: what they left behind is skipped. */
  readonly aborted: readonly number[];
  readonly publishedAt: number;
}

/** Nothing was published yet: nobody may do anything, except the first administrator. */
export const EMPTY_HEAD: Head = {
  version: 0,
  hash: "",
  lengths: {},
  snapshot: [],
  source: [],
  aborted: [],
  publishedAt: 0,
};
