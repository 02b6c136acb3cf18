import { type Language, type Words, words } from "../../lib/core/messages/words.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { toInstant } from "../../lib/core/time.ts";
import { fill, type Html, href, html, raw, type Value } from "./html.ts";
import type { Env, Seen, Who } from "./view.ts";

const line = (paths: string): Html =>
  raw(
    `<svg width="14" height="14" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="square" aria-hidden="true">${paths}</svg>`,
  );

/** Pictures; each stands beside its word and is hidden from screen readers. */
export const ICONS = {
  search: line('<circle cx="7" cy="7" r="4.25"/><path d="m10.5 10.5 3 3"/>'),
  out: line('<path d="M6 3.5H3v9.5h9.5V10M9 3h4v4M13 3 7.5 8.5"/>'),
  key: line('<circle cx="5" cy="8" r="2.75"/><path d="M8 8h6M12 8v2.5"/>'),
  copy: line('<path d="M6 6h7v7H6zM3 10V3h7"/>'),
  eye: line(
    '<path d="M1.5 8S4 3.75 8 3.75 14.5 8 14.5 8 12 12.25 8 12.25 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="1.75"/>',
  ),
  close: line('<path d="m4 4 8 8M12 4l-8 8"/>'),
  down: line('<path d="m4 6 4 4 4-4"/>'),
  warn: line('<path d="M8 2.5 14 13.5H2zM8 6.5v3M8 11.5h.01"/>'),
  info: line('<circle cx="8" cy="8" r="6"/><path d="M8 7.5v3.5M8 5h.01"/>'),
} as const;

/** The gate with a pass in it. */
export const mark = (size: 22 | 28): Html =>
  html`<svg width="${size}" height="${size}" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><path d="M1 5h22v3.2H1zM4 2h3v20H4zM17 2h3v20h-3zM9.5 13.6 12 11.4l2.5 2.2V20h-5z"/></svg>`;

/** The stamped glyph of a verdict; the sentence beside it says the same. */
export const seal = (verdict: "stop" | "wait" | "none" | "pass"): Html => {
  const glyph = { stop: "否", wait: "待", none: "空", pass: "通" }[verdict];
  return html`<span class="seal ${verdict}" lang="ja" aria-hidden="true">${glyph}</span>`;
};

/** Environment: the square says it by shape, the word says it in words. */
export const envChip = (env: Env, label: string): Html =>
  html`<span class="env ${env}"><span class="cut">${label}</span></span>`;

/** One line of a pass; lines without a value are left out. */
export type Fact = readonly [label: string, value: Html | undefined];

/** Who, where, as what, until when: the cut-cornered tag. */
export const pass = (facts: readonly Fact[], env: Env | undefined): Html =>
  html`<div class="pass-card${env === "prod" && " prod"}"><div class="pass-in"><dl class="facts">${facts.map(
    ([label, value]) => value && html`<dt>${label}</dt><dd>${value}</dd>`,
  )}</dl></div></div>`;

/** The account a page speaks of, with its environment where known. */
export const where = (account: {
  accountId?: string | undefined;
  accountName?: string | undefined;
  env?: Env | undefined;
  envLabel?: string | undefined;
}): Html | undefined =>
  account.accountId === undefined
    ? undefined
    : html`${account.env && html`${envChip(account.env, account.envLabel ?? account.env)} `}${
        account.accountName && html`<b>${account.accountName}</b> `
      }<span class="mono">${account.accountId}</span>`;

/** An instant as people read it, in UTC; the exact one stands in `datetime`. */
export function instant(language: Language, at: number): Html {
  const { time } = words(language);
  const exact = toInstant(at);
  const date = new Date(at * 1000);
  const text = fill(time.instant, {
    day: date.getUTCDate(),
    month: time.months.split(" ")[date.getUTCMonth()],
    time: exact.slice(11, 16),
  });
  return html`<time datetime="${exact}">${text}</time>`;
}

/** A length of time: `15 min`, `1 h`, `1 h 30 min`. */
export function duration(language: Language, seconds: number): Html {
  const { time } = words(language);
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return fill(time.minutes, { count: minutes });
  return rest === 0 ? fill(time.hours, { count: hours }) : fill(time.hoursMinutes, { hours, minutes: rest });
}

/** Who is signed in, through what, since when. */
export const whoLine = (language: Language, who: Who): Html =>
  fill(words(language).facts.whoLine, {
    name: html`<b>${who.name}</b>`,
    connection: who.connection,
    at: instant(language, who.since),
  });

/** Groups named in the line itself; the rest unfolds. */
const GROUPS_IN_LINE = 5;

function groupsFact({ facts, common }: Words, seen: Seen): Html {
  if (seen.groupsUnknown) return html`${facts.groupsUnknown}`;
  const groups = seen.groups ?? [];
  if (groups.length === 0) return html`${facts.groupsNone}`;
  const list = (names: readonly string[]): Value =>
    names.map((name, place) => html`${place > 0 && common.and}<code>${name}</code>`);
  const rest = groups.slice(GROUPS_IN_LINE);
  return html`${list(groups.slice(0, GROUPS_IN_LINE))}${
    rest.length > 0 &&
    html` <details class="more"><summary>${fill(facts.groupsMore, { count: rest.length })}</summary>${list(rest)}</details>`
  }`;
}

/** What the connection said of a person. */
export function seenFacts(said: Words, seen: Seen): Fact[] {
  const { facts } = said;
  const factor = { yes: facts.mfaYes, no: facts.mfaNo, unknown: facts.mfaUnknown }[seen.mfa];
  return [
    [facts.groups, groupsFact(said, seen)],
    [facts.mfa, html`${factor}`],
  ];
}

/** Notes of a connection, as sentences the person can use. */
export const notes = (said: Words, codes: readonly string[]): Value =>
  codes.map((code) => {
    const known = Object.entries(said.notes).find(([name]) => name === code && name !== "other");
    const sentence = known ? html`${known[1]}` : fill(said.notes.other, { note: code });
    return html`<div class="note wait" role="status">${ICONS.warn}<p>${sentence}</p></div>`;
  });

/** Whom to ask: in the page's own words where nobody is named, a link where an https or mailto address is. */
export const contactLink = ({ common }: Words, contact: string): Html =>
  contact === DEFAULT_SETTINGS.contact ? html`${common.team}` : addressOf(contact);

const addressOf = (contact: string): Html =>
  /^(?:https|mailto):/.test(contact) && href(contact) === contact
    ? html`<a href="${contact}">${contact.replace(/^mailto:|^https:\/\//, "")}</a>`
    : html`${contact}`;

/** Copies the text of an element. It appears with the script that makes it work. */
export const copyButton = (said: Words, of: string, label: string, more = ""): Html =>
  html`<button type="button" class="btn ${more}" data-copy="${of}" data-copied="${said.common.copied}" hidden>${ICONS.copy}<span>${label}</span></button>`;
