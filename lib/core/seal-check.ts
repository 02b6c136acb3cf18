import { type Digest, digestHash, type Leaf, type SignedDigest, type StoredEvent } from "./seal.ts";
import { checkDigests, type Finding, type Trust } from "./seal-check-digests.ts";
import { lateCopies } from "./seal-check-late.ts";
import { checkRemains, checkSlice } from "./seal-check-slice.ts";
import { type ExportLine, readLine } from "./seal-lines.ts";
import type { Epoch } from "./time.ts";

/** Where lines come from: an export says where it ends, a folder of slices grows for ever. */
export type Source = "export" | "folder";

/** Lines of an export, from its first one, each time it is asked. */
export type Lines = () => AsyncIterable<string> | Iterable<string>;

/** What came of a check. */
export interface Checked {
  readonly findings: readonly Finding[];
  /** What was held against what: nothing is proven of an export in which nothing was looked at. */
  readonly digests: number;
  readonly events: number;
  /** Slices whose events may have expired; of them the digest alone was judged. */
  readonly expired: number;
  /** Events that are here and that nothing here proves: what is left of expired slices, and late ones sealed later on. */
  readonly unproven: number;
  readonly from?: Epoch;
  readonly to?: Epoch;
  /** Which keys the digests are signed with, in the order in which they first were. */
  readonly keys: readonly KeyUse[];
  /** Hash of the last digest: keep it elsewhere, and whatever was before it is anchored. */
  readonly last?: string;
}

/** From which digest on a key signs, and up to which. */
export interface KeyUse {
  /** SubjectPublicKeyInfo, base 64 of its DER. */
  readonly key: string;
  readonly first: number;
  readonly last: number;
}

interface Told {
  readonly before: SignedDigest | undefined;
  readonly digests: readonly SignedDigest[];
  readonly later: readonly SignedDigest[];
  readonly findings: readonly Finding[];
}

/**
 * Checks a sealed export offline: every hash, signature, link and count. Lines are read twice and never held all at once.
 *
 * @param now Events of a slice whose time is over by then may be gone.
 */
export async function checkExport(
  lines: Lines,
  trust: Trust,
  now: Epoch,
  from: Source = "export",
): Promise<Checked> {
  const { before, digests, later, findings } = await readDigestLines(lines, from);
  const chain = [...digests, ...later];
  const lateIn = new Map(
    chain.flatMap(({ digest }) => digest.late.map((id) => [id, digest.number] as const)),
  );
  const judged = await judgeEvents(lines, before?.digest, lateIn, now);
  const [first, last] = [digests[0]?.digest, digests.at(-1)?.digest];
  return {
    findings: [...findings, ...checkDigests(before, chain, trust), ...judged.findings],
    digests: digests.length,
    events: judged.events,
    expired: judged.expired,
    unproven: judged.unproven,
    keys: usesOf(digests.map(({ digest }) => digest)),
    ...(first === undefined ? {} : { from: first.from }),
    ...(last === undefined ? {} : { to: last.to, last: digestHash(last) }),
  };
}

function usesOf(digests: readonly Digest[]): readonly KeyUse[] {
  const uses: KeyUse[] = [];
  for (const { key, number } of digests) {
    const use = uses.at(-1);
    if (use?.key === key) uses[uses.length - 1] = { ...use, last: number };
    else uses.push({ key, first: number, last: number });
  }
  return uses;
}

/** The first reading: digests, and whether the file is whole. */
async function readDigestLines(lines: Lines, from: Source): Promise<Told> {
  const told: Record<"digest" | "later", SignedDigest[]> = { digest: [], later: [] };
  const findings: Finding[] = [];
  let before: SignedDigest | undefined;
  let events = 0;
  let number = 0;
  let last: ExportLine | undefined;
  for await (const text of lines()) {
    number++;
    const line = readLine(text);
    findings.push(...judgeLine(line, number));
    if (line === undefined) continue;
    if (line.type === "audit") before = line.before;
    if (line.type === "event") events++;
    if (line.type === "digest" || line.type === "later")
      told[line.type].push({ digest: line.digest, signature: line.signature });
    last = line;
  }
  if (from === "export") findings.push(...judgeEnd(last, `line ${number}`, told.digest.length, events));
  return { before, digests: told.digest, later: told.later, findings };
}

function judgeLine(line: ExportLine | undefined, number: number): readonly Finding[] {
  const where = `line ${number}`;
  if (line === undefined) return [{ code: "line_unreadable", where, says: "it is no line of an export" }];
  return number === 1 && line.type !== "audit"
    ? [{ code: "beginning_missing", where, says: "the export does not begin here" }]
    : [];
}

function judgeEnd(
  last: ExportLine | undefined,
  where: string,
  digests: number,
  events: number,
): readonly Finding[] {
  if (last?.type !== "end") return [{ code: "end_missing", where, says: "the export stops before its end" }];
  if (last.digests === digests && last.events === events) return [];
  const says = `${last.digests} digests and ${last.events} events were exported, ${digests} and ${events} are here`;
  return [{ code: "end_differs", where, says }];
}

/** The second reading: events, slice by slice. */
async function judgeEvents(
  lines: Lines,
  start: Digest | undefined,
  lateIn: ReadonlyMap<string, number>,
  now: Epoch,
) {
  const findings: Finding[] = [];
  let before = start;
  let open = newSlice();
  let events = 0;
  let expired = 0;
  let unproven = 0;
  const late = lateCopies(lateIn);
  const close = (digest: Digest) => {
    findings.push(...strays(open.events, digest.number));
    const own = open.events.filter(({ slice }) => slice === digest.number).map(({ event }) => event);
    const told = { digest, before, events: own, leaves: open.leaves };
    // Copies of events that are sealed elsewhere are none of those that were sealed here.
    const here = own.filter(({ id }) => (lateIn.get(id) ?? digest.number) === digest.number).length;
    const isExpired = digest.keptUntil <= now && here < digest.events;
    // After a gap, which is told of elsewhere, nobody knows what the chains were before.
    const follows = digest.number === (before?.number ?? 0) + 1;
    if (isExpired) {
      expired++;
      const remains = follows ? checkRemains(told, lateIn) : { findings: [], unproven: own.length };
      findings.push(...remains.findings);
      unproven += remains.unproven;
    } else if (follows) findings.push(...checkSlice(told, lateIn));
    late.see(digest, own, follows && !isExpired);
    before = digest;
    open = newSlice();
  };
  for await (const text of lines()) {
    const line = readLine(text);
    if (line?.type === "event") {
      events++;
      open.events.push(line);
    } else if (line?.type === "leaves")
      open.leaves.set(line.shard, [...(open.leaves.get(line.shard) ?? []), ...line.leaves]);
    else if (line?.type === "digest") close(line.digest);
  }
  findings.push(...strays(open.events, undefined));
  const held = late.held();
  return {
    findings: [...findings, ...held.findings],
    events,
    expired,
    unproven: unproven + held.unproven,
  };
}

/** Events whose slice has no digest here. */
const strays = (events: readonly { readonly slice: number }[], number: number | undefined): Finding[] =>
  [...new Set(events.map(({ slice }) => slice))]
    .filter((slice) => slice !== number)
    .map((slice) => ({
      code: "digest_missing",
      where: `slice ${slice}`,
      says: "its events are here, its digest is not",
    }));

const newSlice = () => ({
  events: [] as { readonly slice: number; readonly event: StoredEvent }[],
  leaves: new Map<string, readonly Leaf[]>(),
});
