import { readFileSync } from "node:fs";
import * as v from "valibot";
import { parse } from "yaml";

const Route = v.pipe(
  v.string(),
  v.regex(/^(?:GET|POST|PUT|PATCH|DELETE) \/\S*$/, "a method, a space and a path"),
  v.transform((text) => {
    const [method = "", path = ""] = text.split(" ");
    return { method, path };
  }),
);
const Service = v.object({
  functions: v.record(
    v.string(),
    v.object({
      handler: v.string(),
      role: v.string(),
      events: v.array(
        v.union([v.strictObject({ httpApi: Route }), v.strictObject({ schedule: v.string() })]),
      ),
    }),
  ),
});

/** One function as serverless.yml names it: its file is `functions/<name>.ts`. */
export interface FunctionEntry {
  readonly name: string;
  readonly handler: string;
  /** Logical id of its IAM role in infra/roles.yml. */
  readonly role: string;
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  readonly schedules: readonly string[];
}

/**
 * Reads which functions and routes there are.
 *
 * @param file Path of a serverless.yml; the repository's own where absent.
 * @throws {v.ValiError} when the file names an event this project does not use.
 */
export function readService(
  file: string | URL = new URL("../serverless.yml", import.meta.url),
): readonly FunctionEntry[] {
  const { functions } = v.parse(Service, parse(readFileSync(file, "utf8")));
  return Object.entries(functions).map(([name, { handler, role, events }]) => ({
    name,
    handler,
    role,
    routes: events.flatMap((event) => ("httpApi" in event ? [event.httpApi] : [])),
    schedules: events.flatMap((event) => ("schedule" in event ? [event.schedule] : [])),
  }));
}
