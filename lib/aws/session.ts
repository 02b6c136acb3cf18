import type { GrantedRole } from "../core/decision.ts";
import { Refusal } from "../core/errors.ts";
import type { Identity } from "../core/identity.ts";
import type { PlacedRole } from "../core/role.ts";
import type { Epoch } from "../core/time.ts";

/** STS issues nothing shorter. */
export const SHORTEST_SECONDS = 900;
const LONGEST_SECONDS = 43_200;

export interface DurationInput {
  readonly now: Epoch;
  /** What the caller asked for. */
  readonly asked?: number;
  readonly scopeMaxSeconds?: number;
  /** Longest by rule. */
  readonly grantedSeconds: number;
  /** The role's MaxSessionDuration. */
  readonly roleMaxSeconds: number;
  /** End of the broker's session. */
  readonly sessionEndsAt: Epoch;
  /** End of the provider's session, where it named one. */
  readonly providerSessionEndsAt?: number;
}

/**
 * Longest session that everybody agrees to.
 *
 * @returns Seconds for DurationSeconds, 900 to 43200, and the instant after which no session may last whatever was asked:
 *   SessionNotOnOrAfter.
 * @throws {Refusal} `session_too_short` when less than 15 minutes are left or were asked for, saying whose limit it is.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
 */
export function sessionDuration(input: DurationInput): { durationSeconds: number; endsAt: Epoch } {
  const endsAt = Math.min(input.sessionEndsAt, input.providerSessionEndsAt ?? Number.POSITIVE_INFINITY);
  const limits: readonly (readonly [seconds: number | undefined, whose: string])[] = [
    [input.asked, "The request asks for"],
    [input.scopeMaxSeconds, "The scope allows"],
    [input.grantedSeconds, "The rule allows"],
    [input.roleMaxSeconds, "The role allows"],
    [endsAt - input.now, "The sign-in has left"],
    [LONGEST_SECONDS, "AWS allows"],
  ];
  const durationSeconds = Math.min(...limits.map(([seconds]) => seconds ?? Number.POSITIVE_INFINITY));
  const whose = limits.find(([seconds]) => seconds === durationSeconds)?.[1] ?? "The request asks for";
  // A number that is no number must not pass as a long session.
  if (!(durationSeconds >= SHORTEST_SECONDS)) {
    const hint = `${whose} ${Math.max(0, Math.floor(durationSeconds))} seconds; AWS issues no session under ${SHORTEST_SECONDS}.`;
    throw new Refusal("session_too_short", { durationSeconds, whose }, { about: { hint } });
  }
  return { durationSeconds: Math.floor(durationSeconds), endsAt };
}

/**
 * The name under which people find a session in CloudTrail.
 *
 * @param fallback Used where nothing of the name can be written, such as a name in kanji alone.
 * @returns 2 to 64 characters of `[A-Za-z0-9_+=,.@-]`.
 */
export function sessionName({ name }: Pick<Identity, "name">, fallback: string): string {
  const start = [...name].slice(0, 64);
  const plain = start
    .join("")
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/[^\w+=,.@-]+/g, "-")
    .replace(/-{2,}/g, "-")
    .replace(/^-+/, "")
    .slice(0, 64)
    .replace(/-+$/, "");
  // A few letters of a name that is mostly something else would mislead more than an id does.
  const told = plain.replace(/[^A-Za-z0-9]/g, "").length;
  return plain.length >= 2 && told * 2 >= start.length ? plain : fallback;
}

/** What a session says for ever of whose it is: the person's id, with what the rule wants around it. */
export const sourceIdentityOf = (
  { sourceIdentity }: Pick<GrantedRole, "sourceIdentity">,
  personId: string,
): string => sourceIdentity?.replace("{person}", () => personId) ?? personId;

const MOST_TAGS = 50;
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Session tags as an assertion carries them. */
export interface SessionTags {
  readonly tags: Readonly<Record<string, string>>;
  readonly transitive: readonly string[];
}

/**
 * The tags a rule gives, within what AWS accepts.
 *
 * @returns Tags, and those of them that survive role chaining.
 * @throws {Refusal} `session_tags_invalid` naming the key and the rules: a tag left out could open what it should close.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function sessionTags(granted: GrantedRole, placed: PlacedRole): SessionTags {
  const entries = Object.entries(granted.tags);
  const refuse = (what: string): never => {
    const hint = `Rule ${granted.rules.join(", ")} for role ${placed.name} in account ${placed.accountId}: ${what}.`;
    throw new Refusal(
      "session_tags_invalid",
      { rules: granted.rules, what },
      { about: { accountId: placed.accountId, role: placed.name, hint } },
    );
  };
  if (entries.length > MOST_TAGS) refuse(`more than ${MOST_TAGS} session tags`);
  const seen = new Set<string>();
  for (const [key, value] of entries) {
    if (!isTag(key, 1, 128) || key.toLowerCase().startsWith("aws:"))
      refuse(`\`${key}\` cannot be the key of a tag`);
    if (!isTag(value, 0, 256))
      refuse(`the value of tag \`${key}\` is too long or holds characters AWS refuses`);
    if (seen.has(key.toLowerCase())) refuse(`tag \`${key}\` is given twice but for its case`);
    seen.add(key.toLowerCase());
  }
  return {
    tags: granted.tags,
    transitive: placed.transitiveTags.filter((key) => Object.hasOwn(granted.tags, key)),
  };
}

const isTag = (text: string, shortest: number, longest: number): boolean =>
  text.length >= shortest && text.length <= longest && TAG.test(text);
