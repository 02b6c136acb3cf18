import { judge, sessionContext } from "./evaluate.ts";
import { AwsFault } from "./faults.ts";
import { readJson } from "./json-call.ts";
import type { AwsAnswer, AwsRequest, World } from "./wire.ts";

const invalid = (message: string) => new AwsFault(400, "ValidationException", message);

/** Condition keys of the question: `{"s3:prefix": "a"}` or `{"aws:TagKeys": ["a", "b"]}`. */
function readContext(value: unknown): [string, readonly string[]][] {
  if (value === undefined) return [];
  if (typeof value !== "object" || value === null) throw invalid("context is an object of strings");
  return Object.entries(value).map(([key, values]: [string, unknown]) => {
    const list = Array.isArray(values) ? values : [values];
    if (!list.every((item) => typeof item === "string")) throw invalid("context is an object of strings");
    return [key.toLowerCase(), list];
  });
}

/**
 * `POST /_local/simulate {accessKeyId, action, resource, context?}` -> `{decision: "allowed"|"denied", reason}`.
 *
 * Says what a session could do, for tests and the demo; AWS has no such route. What the question claims about the
 * session itself (its tags, its principal) is overruled by what STS knows.
 */
export function simulate(request: AwsRequest, world: World): AwsAnswer {
  const input = readJson(request.body.toString("utf8"));
  const { accessKeyId, action, resource } = input;
  if (typeof accessKeyId !== "string" || typeof action !== "string" || typeof resource !== "string")
    throw invalid("accessKeyId, action and resource are strings");
  if (!/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action)) throw invalid("action is service:Operation");
  const session = world.state.sessions.get(accessKeyId);
  const now = world.clock.now();
  if (session === undefined || session.expiresAt <= now)
    throw new AwsFault(403, "ExpiredTokenException", "There is no such session, or it has ended");
  const context = new Map([...readContext(input.context), ...sessionContext(session, now)]);
  const { allowed, reason } = judge(world.state, session, { action, resource, context });
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ decision: allowed ? "allowed" : "denied", reason }),
  };
}
