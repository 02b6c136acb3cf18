import type { Language } from "../../lib/core/messages/words.ts";
import type { TraceText } from "../../lib/rules/trace-text.ts";

/** What every page is told. */
export interface Page {
  readonly language: Language;
  /** Path and query of this page, for the link that changes the language. */
  readonly path: string;
  /** With it the menu signs out by a form; without it the menu has no sign-out. */
  readonly csrf?: string;
}

/** Who is signed in here. */
export interface Who {
  readonly name: string;
  /** Title of the connection, as people know it. */
  readonly connection: string;
  /** When they signed in, epoch seconds. */
  readonly since: number;
}

/** What the connection said of a person, shown to that person alone. */
export interface Seen {
  readonly groups?: readonly string[];
  /** The groups could not be determined. */
  readonly groupsUnknown: boolean;
  readonly mfa: "yes" | "no" | "unknown";
  /** Codes of `Identity.notes`. */
  readonly notes: readonly string[];
}

/** How much a mistake weighs: decides shape and colour of the chip, never the word in it. */
export type Env = "prod" | "staging" | "sandbox" | "other";

/** One role where it stands. */
export interface PlaceRow {
  readonly accountId: string;
  readonly accountName: string;
  /** OU path of the account. */
  readonly path: string;
  readonly env: Env;
  /** The word in the chip, e.g. the account's `env` tag. */
  readonly envLabel: string;
  readonly role: string;
}

/** One role a person may use now. */
export interface RoleRow extends PlaceRow {
  readonly sessionSeconds: number;
}

/** A button that leads somewhere. */
export interface Next {
  readonly label: string;
  readonly href: string;
}

/** `/signin`: whose sign-in page to go to. */
export interface ChooseView extends Page {
  readonly connections: readonly { readonly id: string; readonly title: string }[];
  /** Where to go afterwards: a path of ours. */
  readonly to: string;
  /** Id of the connection this browser used last. */
  readonly usedLast?: string;
  readonly organization: string;
  readonly contact: string;
}

/** An AuthnRequest by POST, on its way through the browser. */
export interface ContinueView extends Page {
  readonly action: string;
  /** Exact `host:port` pairs that `action` may be at over plain http. */
  readonly privateHosts: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
  /** Title of the connection. */
  readonly title: string;
}

/** `/`: the register of roles. The page filters and pages by itself. */
export interface RolesView extends Page {
  readonly who: Who;
  /** Every role of the person, in any order. */
  readonly rows: readonly RoleRow[];
  /** Roles they have not and a rule lets them ask for, in any order; searched as the others are. */
  readonly askable: readonly PlaceRow[];
  readonly admin: boolean;
  readonly organization: string;
  readonly contact: string;
  /** `?q=` as it was typed. */
  readonly filter?: string;
  /** `?page=`, from 1. */
  readonly page?: number;
  /** Codes of `Identity.notes`, or sentences. */
  readonly notes: readonly string[];
}

/** Signed in, but no rule gives a role or lets ask for one. */
export interface EmptyView extends Page {
  readonly who: Who;
  readonly seen: Seen;
  readonly contact: string;
  readonly reference: string;
  /** The allow rule that came closest, and the condition it missed. */
  readonly nearest?: { readonly rule: string; readonly wants: string };
  /** Where signing in again starts; `/signin` by default. */
  readonly signInHref?: string;
}

/** A no, with its reason and the next step. */
export interface RefusalView extends Page {
  readonly code: string;
  readonly status: number;
  /** What happened, in one sentence, in the page's language. */
  readonly what: string;
  /** Why; the sentence of the code's family where absent. */
  readonly why?: string;
  readonly reference: string;
  readonly who?: Who;
  readonly about: {
    readonly accountId?: string;
    readonly accountName?: string;
    readonly env?: Env;
    readonly envLabel?: string;
    readonly role?: string;
    readonly rule?: string;
    readonly connection?: string;
    readonly scope?: string;
    /** Conditions of `rule` that did not hold. */
    readonly wants?: readonly string[];
    readonly hint?: string;
  };
  readonly seen?: Seen;
  readonly contact: string;
  readonly next: Next;
  /** Where all that was considered of the role stands, where one was asked for. */
  readonly whyHref?: string;
  /** The private cause, for administrators only. */
  readonly raw?: string;
}

/** Why somebody has a role, or has not. */
export interface WhyView extends Page {
  readonly who: Who;
  readonly given: boolean;
  readonly text: TraceText;
}

/** A link from another site wants to open a page of the console (decision 9). */
export interface ConfirmView extends Page {
  readonly who: Who;
  readonly accountId: string;
  readonly accountName: string;
  readonly env?: Env;
  readonly envLabel?: string;
  readonly role: string;
  /** The console address the link named. */
  readonly destination: string;
  readonly continueHref: string;
}

/** Credentials as they are handed to the person. */
export interface IssuedKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  readonly region: string;
  /** Which form is in front. */
  readonly form: "env" | "profile" | "json";
}

/**
 * `/credentials`: ask, and after a POST read them.
 *
 * The form posts `csrf account role durationSeconds scope form`, and `show=1` from the button that shows them.
 * With `issued` but not `shown` the secret is not in the page at all.
 */
export interface CredentialsView extends Page {
  readonly who: Who;
  readonly row: RoleRow;
  readonly csrf: string;
  /** Scopes that need no parameters. */
  readonly scopes: readonly { readonly id: string; readonly description?: string }[];
  /** The rules allow sessions within one of these scopes only. */
  readonly scopeRequired?: boolean;
  readonly issued?: IssuedKeys;
  readonly shown: boolean;
  /** Origin of the broker. */
  readonly brokerUrl: string;
  /** What was asked for, to keep the form as it was. */
  readonly asked?: { readonly durationSeconds?: number; readonly scope?: string };
}

/** A program on this person's machine asks for a token (`sekisho login`). */
export interface ApproveCliView extends Page {
  readonly who: Who;
  readonly purpose: "api" | "credentials";
  /** Loopback port the answer goes to. */
  readonly port: number;
  readonly approveHref: string;
  readonly denyHref: string;
}

/** After signing out. */
export interface SignedOutView extends Page {
  readonly connections: readonly { readonly id: string; readonly title: string }[];
}
