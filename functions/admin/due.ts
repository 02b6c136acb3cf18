import { publishDue } from "../../lib/flows/publish-due.ts";
import { log } from "../log.ts";
import { broker } from "./open.ts";
import { finished } from "./publishing.ts";

/** One round of the schedule. What became of each is told as it happens, so that a round that is cut off leaves its lines. */
export async function publishWhatIsDue(): Promise<object> {
  const round = { published: 0, failed: 0, "put off": 0 };
  for await (const ended of publishDue(broker())) {
    const { id: scheduled, reference, end } = ended;
    round[end]++;
    if (end === "failed")
      log.event("scheduled publish failed", { reference, scheduled, code: ended.code }, "error");
    if (end === "put off")
      log.event("scheduled publish put off", { reference, scheduled, code: ended.code }, "warn");
    if (end !== "published") continue;
    log.event("scheduled publish done", { reference, scheduled });
    await finished(ended.outcome, reference);
  }
  return round;
}
