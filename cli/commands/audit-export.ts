import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import * as v from "valibot";
import { type OcsfNames, toOcsf } from "../../lib/core/ocsf.ts";
import { systemClock, toInstant } from "../../lib/core/time.ts";
import { type ApiOptions, accepted, callAdmin } from "../api.ts";
import { EXIT, Stop, say } from "../command.ts";
import { instantOf } from "../instant.ts";

interface ExportOptions extends ApiOptions {
  readonly out: string;
  readonly format: "sealed" | "ocsf";
  readonly since?: string;
  readonly until?: string;
  readonly names?: boolean;
  readonly resume?: boolean;
}

const Line = v.looseObject({ type: v.string() });
const EventLine = v.looseObject({
  type: v.literal("event"),
  event: v.looseObject({ id: v.string(), at: v.number(), kind: v.string() }),
});
const Names = v.record(v.string(), v.string());
const Page = v.object({
  lines: v.array(Line),
  names: v.optional(Names, {}),
  cursor: v.optional(v.string()),
});

/** How far an export has got, beside its file: what stands after `bytes` is of a page that was not finished. */
const Progress = v.object({
  format: v.picklist(["sealed", "ocsf"]),
  search: v.string(),
  cursor: v.string(),
  bytes: v.number(),
  events: v.number(),
});
type Progress = v.InferOutput<typeof Progress>;

/** Writes what is sealed to a file, page by page; where it is cut off, `--resume` goes on. */
export async function exportTrail(options: ExportOptions): Promise<void> {
  const notes = `${options.out}.progress`;
  const begun = options.resume ? resume(options, notes) : begin(options);
  let { bytes, events } = begun;
  let cursor = begun.cursor;
  do {
    const search = new URLSearchParams(begun.search);
    if (cursor !== "") search.set("cursor", cursor);
    const page = v.parse(
      Page,
      accepted(await callAdmin(options, "GET", `/api/admin/audit/export?${search}`)),
    );
    const text = page.lines.map((line) => written(line, begun.format, page.names)).join("");
    appendFileSync(options.out, text);
    bytes += Buffer.byteLength(text);
    events += page.lines.filter(({ type }) => type === "event").length;
    cursor = page.cursor ?? "";
    if (cursor !== "") writeFileSync(notes, JSON.stringify({ ...begun, cursor, bytes, events }));
    say(`${events} events${reached(page.lines)}`);
  } while (cursor !== "");
  rmSync(notes, { force: true });
  say(`${options.out} is whole: ${events} events.`);
}

function begin({ out, format, since, until, names }: ExportOptions): Progress {
  if (names && format === "sealed")
    throw new Stop(EXIT.usage, "Names are no part of what was sealed: ask for them with --format ocsf.");
  const now = systemClock.now();
  const search = new URLSearchParams();
  if (since !== undefined) search.set("since", toInstant(instantOf(since, now)));
  search.set("until", toInstant(until === undefined ? now : instantOf(until, now)));
  if (names) search.set("names", "true");
  writeFileSync(out, "", { mode: 0o600 });
  return { format, search: search.toString(), cursor: "", bytes: 0, events: 0 };
}

function resume({ out }: ExportOptions, notes: string): Progress {
  if (!existsSync(notes) || !existsSync(out))
    throw new Stop(EXIT.usage, `No export to ${out} was cut off: leave --resume out.`);
  const progress = v.parse(Progress, JSON.parse(readFileSync(notes, "utf8")));
  truncateSync(out, progress.bytes);
  return progress;
}

function written(line: v.InferOutput<typeof Line>, format: Progress["format"], names: OcsfNames): string {
  if (format === "sealed") return `${JSON.stringify(line)}\n`;
  const told = v.safeParse(EventLine, line);
  const event = told.success ? toOcsf(told.output.event, names) : undefined;
  return event === undefined ? "" : `${JSON.stringify(event)}\n`;
}

function reached(lines: readonly v.InferOutput<typeof Line>[]): string {
  const last = lines.findLast(({ type }) => type === "digest");
  const digest = v.safeParse(v.object({ digest: v.object({ to: v.number() }) }), last);
  return digest.success ? `, up to ${toInstant(digest.output.digest.to)}` : "";
}
