import type { Epoch } from "./time.ts";

/** What rights on the broker itself are listed under, where others have the id of an account. */
export const BROKER_PLACE = "broker";

/** Whom and what a question is about; whatever is left out is about all of it. */
export interface AccessQuestion {
  /** By opaque id. */
  readonly person?: string;
  readonly connection?: string;
  /** A value of their claim `groups`. */
  readonly group?: string;
  /** An account's id, or `broker`. */
  readonly account?: string;
  /** A role's name, or a right on the broker. */
  readonly role?: string;
}

/** One role in one account that one person could use, and by what. */
export interface Holding {
  readonly accountId: string;
  readonly role: string;
  /** Given now, or to be asked for. */
  readonly how: "given" | "eligible";
  /** Ids of the rules; none where the deployment says so itself. */
  readonly rules: readonly string[];
}

/** A holding as it is told. */
export interface AccessRow extends Holding {
  readonly personId: string;
  /** What they are called, while that is kept. */
  readonly name?: string;
  readonly connection: string;
  readonly accountName?: string;
  /** When they signed in last: what was proven of them then is what the rules were asked about. */
  readonly seenAt: Epoch;
  /** Whether that was after the instant that is asked about, so that they may have been somebody else in it. */
  readonly seenLater?: true;
  readonly lastUsedAt?: Epoch;
  /** No use is known from here on. Neither this nor `lastUsedAt` where there was no time to look. */
  readonly unusedSince?: Epoch;
}

/** A rule that stands on a page, in plain words. */
export interface AccessRule {
  readonly id: string;
  readonly effect: "allow" | "deny" | "eligible";
  readonly sentence: string;
}

/** The first version from which on, without a break, something has been as it is. */
export interface Since {
  readonly version: number;
  /** When that was published. */
  readonly at: Epoch;
  /** Of versions before it nothing is known: they were not kept, or there was no time to read them. */
  readonly atLeast?: true;
}

/** A rule that gives what is asked about, whether anybody who was seen has it or not. */
export interface AccessGrant extends AccessRule {
  /** Whom to ask about it. */
  readonly owner?: string;
  readonly until?: Epoch;
  /** As it stands, it has given all of that from this version on. */
  readonly since: Since;
}

/** A page of rows. It may be short, or empty, and yet not the last. */
export interface AccessPage {
  /** Version of the rules that were asked. */
  readonly version: number;
  /** The instant that is asked about. */
  readonly at: Epoch;
  readonly rows: readonly AccessRow[];
  readonly rules: readonly AccessRule[];
  /** On the first page of a question about a role or an account, and about no one person or group. */
  readonly grants?: readonly AccessGrant[];
  /** How many more rules there are that give it. */
  readonly moreGrants?: number;
  /** People looked at, by this page and those before it. */
  readonly looked: number;
  /** How many there are, more or less; exactly at the end. */
  readonly people: number;
  readonly cursor?: string;
}
