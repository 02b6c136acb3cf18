import type { Flag } from "../lib/core/impact.ts";
import type { Language } from "../lib/core/messages/words.ts";

/** How one language says what a change means to people. */
export interface ImpactWords {
  readonly people: (gaining: number, losing: number, replayed: number) => string;
  readonly partly: (replayed: number, of: number | undefined) => string;
  readonly nobody: (replayed: number) => string;
  readonly rights: string;
  readonly who: string;
  readonly more: (count: number) => string;
  readonly flag: (flag: Flag) => string;
}

/** Numbers as people read them, the same everywhere. */
const many = (count: number): string => count.toLocaleString("en-US");
const people = (count: number): string => (count === 1 ? "1 person" : `${many(count)} people`);

const FLAGS_EN: Readonly<Record<Flag["code"], (flag: Flag) => string>> = {
  new_admin_on_prod: ({ about, people: count }) => `${people(count)} would newly have ${about}`,
  gains_broker_right: ({ about, people: count }) => `${people(count)} would gain ${about}`,
  nobody_administers: () => "of the people replayed nobody would administer the broker any more",
  loses_last_role: ({ people: count }) => `${people(count)} would have no role left`,
  first_grant_of_account: ({ about, people: count }) =>
    `account ${about} is granted for the first time, to ${people(count)} now`,
  deny_removed: ({ about }) => `deny ${about} is gone`,
  matches_everybody: ({ about }) =>
    `rule ${about} asks for no claim: everybody of its connections has what it gives`,
  many_gain: ({ people: count }) => `${people(count)} would gain something`,
};

const FLAGS_JA: Readonly<Record<Flag["code"], (flag: Flag) => string>> = {
  new_admin_on_prod: ({ about, people: count }) => `${many(count)} 人が新たに ${about} を得ます`,
  gains_broker_right: ({ about, people: count }) => `${many(count)} 人が ${about} を得ます`,
  nobody_administers: () => "再生した人のうち、ブローカーの管理者が一人もいなくなります",
  loses_last_role: ({ people: count }) => `${many(count)} 人がすべてのロールを失います`,
  first_grant_of_account: ({ about, people: count }) =>
    `アカウント ${about} が初めて付与されます(現在 ${many(count)} 人)`,
  deny_removed: ({ about }) => `拒否ルール ${about} がなくなります`,
  matches_everybody: ({ about }) => `ルール ${about} はクレームを問わないため、接続の全員に付与されます`,
  many_gain: ({ people: count }) => `${many(count)} 人が何かを得ます`,
};

export const IMPACT_WORDS: Readonly<Record<Language, ImpactWords>> = {
  en: {
    people: (gaining, losing, replayed) =>
      `Of ${people(replayed)} seen lately ${many(gaining)} would gain something and ${many(losing)} lose something.`,
    partly: (replayed, of) =>
      `Replayed ${many(replayed)}${of === undefined ? "" : ` of about ${many(of)}`}: what follows is not all.`,
    nobody: (replayed) => `Of ${people(replayed)} seen lately nobody would gain or lose anything.`,
    rights: "Rights, by how many people gain and lose them:",
    who: "Who:",
    more: (count) => `  and ${many(count)} more`,
    flag: (flag) => FLAGS_EN[flag.code](flag),
  },
  ja: {
    people: (gaining, losing, replayed) =>
      `最近サインインした ${many(replayed)} 人のうち、${many(gaining)} 人が何かを得て、${many(losing)} 人が何かを失います。`,
    partly: (replayed, of) =>
      `${of === undefined ? "" : `約 ${many(of)} 人のうち `}${many(replayed)} 人を再生しました。以下はすべてではありません。`,
    nobody: (replayed) => `最近サインインした ${many(replayed)} 人のうち、得る人も失う人もいません。`,
    rights: "権限ごとの人数(得る/失う):",
    who: "対象者:",
    more: (count) => `  ほか ${many(count)} 件`,
    flag: (flag) => FLAGS_JA[flag.code](flag),
  },
};
