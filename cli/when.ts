import { Option } from "commander";
import { parseDue, toInstant } from "../lib/core/time.ts";
import { type ApiOptions, callAdmin } from "./api.ts";
import { EXIT, Stop } from "./command.ts";

/** When what is published shall take effect, where that is not at once. */
export interface Later extends ApiOptions {
  readonly at?: string;
  readonly function?: string;
}

export const atOption = () =>
  new Option(
    "--at <time>",
    "publish it later, by itself: a time with its zone, such as 2026-12-01T06:00+09:00",
  );

/** What `--at` means, in UTC. @throws {Stop} where it is no time, or names no zone. */
export function dueIn({ at, function: name }: Later): string | undefined {
  if (at === undefined) return undefined;
  if (name !== undefined)
    throw new Stop(
      EXIT.usage,
      "Nothing is scheduled with --function: whom IAM lets in can only be asked now. Leave it out, with SEKISHO_TOKEN set.",
    );
  const dueAt = parseDue(at);
  if (dueAt !== undefined) return toInstant(dueAt);
  throw new Stop(EXIT.usage, `${at} is no time with its zone: write 2026-12-01T06:00+09:00.`);
}

/** A broker that knows no schedule would publish at once. @throws {Stop} where this is one. */
export async function refuseUnscheduling(options: Later): Promise<void> {
  if (options.at === undefined) return;
  const { status } = await callAdmin(options, "GET", "/api/admin/scheduled?most=1");
  if (status === 404)
    throw new Stop(EXIT.refused, "This broker is older and schedules nothing. Nothing was changed.");
}
