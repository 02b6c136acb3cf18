import { type Digest, digestHash, type Leaf, type SignedDigest, type StoredEvent } from "./seal.ts";
import { checkDigests, type Finding, type Trust } from "./seal-check-digests.ts";
import { checkSlice } from "./seal-check-slice.ts";
import { type ExportLine, readLine } from "./seal-lines.ts";
import type { Epoch } from "./time.ts";

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
  readonly from?: Epoch;
  readonly to?: Epoch;
  /** The key of the last digest. */
  readonly key?: string;
  /** Hash of the last digest: keep it elsewhere, and whatever was before it is anchored. */
  readonly last?: string;
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
export async function checkExport(lines: Lines, trust: Trust, now: Epoch): Promise<Checked> {
  const { before, digests, later, findings } = await readDigestLines(lines);
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
    ...(first === undefined ? {} : { from: first.from }),
    ...(last === undefined ? {} : { to: last.to, key: last.key, last: digestHash(last) }),
  };
}

/** The first reading: digests, and whether the file is whole. */
async function readDigestLines(lines: Lines): Promise<Told> {
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
  findings.push(...judgeEnd(last, `line ${number}`, told.digest.length, events));
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
  const close = (digest: Digest) => {
    findings.push(...strays(open.events, digest.number));
    const own = open.events.filter(({ slice }) => slice === digest.number).map(({ event }) => event);
    if (digest.keptUntil <= now && own.length < digest.events) expired++;
    // After a gap, which is told of elsewhere, nobody knows what the chains were before.
    else if (digest.number === (before?.number ?? 0) + 1)
      findings.push(...checkSlice({ digest, before, events: own, leaves: open.leaves }, lateIn));
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
  return { findings, events, expired };
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
