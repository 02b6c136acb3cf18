import { flagsOf, type Impact, type Move, tallied } from "../lib/core/impact.ts";
import type { Language } from "../lib/core/messages/words.ts";
import { print } from "./command.ts";
import { IMPACT_WORDS } from "./impact-words.ts";

const MOST_RIGHTS = 20;
const MOST_PEOPLE = 10;
/** Rights of one person that one line holds. */
const MOST_OF_ONE = 6;

/** Prints what a change means to people: how many, what weighs, which rights, and who comes first. */
export function printImpact(impact: Impact, language: Language): void {
  const words = IMPACT_WORDS[language];
  const { moves, replayed, of, cursor } = impact;
  print();
  if (cursor !== undefined) print(words.partly(replayed, of));
  const count = (which: "gained" | "lost") => moves.filter((move) => move[which].length > 0).length;
  print(moves.length === 0 ? words.nobody(replayed) : words.people(count("gained"), count("lost"), replayed));
  for (const flag of flagsOf(impact)) {
    const who = flag.examples.length === 0 ? "" : ` (${flag.examples.map(nameIn(moves)).join(", ")})`;
    print(`  ${flag.weight === "high" ? "!" : "-"} ${words.flag(flag)}${who}`);
  }
  if (impact.moreFlags !== undefined) print(words.more(impact.moreFlags));
  if (moves.length === 0) return;
  print(words.rights);
  printFew(
    tallied(moves),
    MOST_RIGHTS,
    words.more,
    ({ right, gain, lose }) => `  +${gain} -${lose}  ${right}`,
  );
  print(words.who);
  printFew(moves, MOST_PEOPLE, words.more, lineOf);
}

function printFew<T>(
  things: readonly T[],
  most: number,
  more: (count: number) => string,
  line: (thing: T) => string,
): void {
  for (const thing of things.slice(0, most)) print(line(thing));
  if (things.length > most) print(more(things.length - most));
}

const called = ({ name, personId }: Pick<Move, "name" | "personId">): string => name ?? personId;

const nameIn = (moves: readonly Move[]) => {
  const names = new Map(moves.map((move) => [move.personId, called(move)]));
  return (personId: string): string => names.get(personId) ?? personId;
};

function lineOf(move: Move): string {
  const rights = [...move.gained.map((right) => `+ ${right}`), ...move.lost.map((right) => `- ${right}`)];
  const shown = rights.slice(0, MOST_OF_ONE).join(", ");
  const count = rights.length + (move.more ?? 0);
  const left = count > MOST_OF_ONE ? `, ... (${count})` : "";
  return `  ${called(move)} (${move.connection}): ${shown}${left}`;
}
