import { parse } from "yaml";

/** One route of the HTTP API and the function behind it. */
export interface Route {
  /** `GET /signin/{connection}`, `ANY /scim/{proxy+}` or `$default`: what `requestContext.routeKey` says. */
  readonly key: string;
  readonly method: string;
  /** Segments between slashes; undefined for `$default`, which takes what nothing else takes. */
  readonly segments: readonly string[] | undefined;
  readonly functionName: string;
}

/** A function that a schedule invokes, `rateSeconds` apart. */
export interface Schedule {
  readonly functionName: string;
  readonly rateSeconds: number;
  readonly input: unknown;
}

/** What `serverless.yml` says of functions, as far as a gateway and a scheduler need it. */
export interface Deployment {
  readonly functions: ReadonlyMap<string, { readonly timeoutSeconds: number }>;
  readonly routes: readonly Route[];
  readonly schedules: readonly Schedule[];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Tags of CloudFormation (`!Sub`, `!GetAtt` ...) stand in serverless.yml; here their content is enough. */
const NAMES = [
  "And",
  "Base64",
  "Equals",
  "FindInMap",
  "GetAtt",
  "GetAZs",
  "If",
  "ImportValue",
  "Join",
  "Not",
];
const MORE = ["Or", "Ref", "Select", "Split", "Sub", "Condition", "Cidr", "Transform"];
const customTags = [...NAMES, ...MORE].flatMap((name) => [
  { tag: `!${name}`, resolve: (text: string) => text },
  { tag: `!${name}`, collection: "seq" as const, resolve: (items: unknown) => items },
  { tag: `!${name}`, collection: "map" as const, resolve: (items: unknown) => items },
]);

/**
 * Reads functions, HTTP API routes and schedules out of a `serverless.yml`.
 *
 * @throws {Error} naming the function whose event cannot be served here: a route that local lacks would be found on AWS only.
 */
export function readDeployment(yaml: string): Deployment {
  const document: unknown = parse(yaml, { customTags, logLevel: "error" });
  if (!isRecord(document) || !isRecord(document.functions))
    throw new Error("serverless.yml has no functions");
  const standard = isRecord(document.provider) ? document.provider.timeout : undefined;
  const functions = new Map<string, { timeoutSeconds: number }>();
  const routes: Route[] = [];
  const schedules: Schedule[] = [];
  for (const [name, declared] of Object.entries(document.functions)) {
    if (!isRecord(declared)) throw new Error(`functions.${name} is not a mapping`);
    const timeout = declared.timeout ?? standard;
    functions.set(name, { timeoutSeconds: typeof timeout === "number" ? timeout : 6 });
    const events = readEvents(name, declared.events);
    routes.push(...events.flatMap((event) => ("httpApi" in event ? [readRoute(name, event.httpApi)] : [])));
    schedules.push(
      ...events.flatMap((event) => ("schedule" in event ? readSchedule(name, event.schedule) : [])),
    );
  }
  return { functions, routes: sortRoutes(routes), schedules };
}

function readEvents(name: string, events: unknown): Record<string, unknown>[] {
  return (Array.isArray(events) ? events : []).map((event: unknown) => {
    if (isRecord(event)) return event;
    throw new Error(`functions.${name}: an event is not a mapping`);
  });
}

function readRoute(functionName: string, declared: unknown): Route {
  const [method, path] = isRecord(declared)
    ? [String(declared.method ?? "*"), String(declared.path)]
    : splitKey(String(declared));
  return makeRoute(functionName, method, path);
}

function splitKey(text: string): [method: string, path: string] {
  const [first = "", second] = text.trim().split(/\s+/);
  return second === undefined ? ["*", first] : [first, second];
}

/** Makes one route. `*` as path is `$default`, `*` as method is ANY. */
export function makeRoute(functionName: string, method: string, path: string): Route {
  if (path === "*" || path === "$default")
    return { key: "$default", method: "ANY", segments: undefined, functionName };
  if (!path.startsWith("/"))
    throw new Error(`functions.${functionName}: a route's path starts with a slash: ${path}`);
  const verb = method === "*" ? "ANY" : method.toUpperCase();
  const segments = path.slice(1).split("/");
  const greedy = segments.findIndex((segment) => segment.endsWith("+}"));
  if (greedy !== -1 && greedy !== segments.length - 1)
    throw new Error(`functions.${functionName}: {name+} stands at the end only: ${path}`);
  return { key: `${verb} ${path}`, method: verb, segments, functionName };
}

function readSchedule(functionName: string, declared: unknown): Schedule[] {
  const event = isRecord(declared) ? declared : { rate: declared };
  if (event.enabled === false) return [];
  const rates = Array.isArray(event.rate) ? event.rate : [event.rate];
  return rates.map((rate) => ({
    functionName,
    rateSeconds: readRate(functionName, String(rate)),
    input: event.input ?? {},
  }));
}

const UNITS: Record<string, number> = { minute: 60, hour: 3600, day: 86_400 };

/** `rate(5 minutes)` in seconds; a cron line counts as once a day, since nobody keeps a local stack that long. */
function readRate(functionName: string, text: string): number {
  if (text.startsWith("cron(")) return 86_400;
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  const seconds = Number(count) * (UNITS[unit ?? ""] ?? Number.NaN);
  if (!(seconds > 0)) throw new Error(`functions.${functionName}: schedule ${text} cannot be read`);
  return seconds;
}

const rank = (segment: string | undefined): number =>
  segment === undefined ? 3 : segment.endsWith("+}") ? 2 : segment.startsWith("{") ? 1 : 0;

/** The most specific route first: static before `{name}` before `{name+}`, segment by segment; then GET before ANY; `$default` last. */
export const sortRoutes = (routes: readonly Route[]): Route[] => [...routes].sort(compareRoutes);

function compareRoutes(left: Route, right: Route): number {
  if (!left.segments || !right.segments) return Number(!left.segments) - Number(!right.segments);
  const length = Math.max(left.segments.length, right.segments.length);
  for (let place = 0; place < length; place++) {
    const difference = rank(left.segments[place]) - rank(right.segments[place]);
    if (difference !== 0) return difference;
  }
  return Number(left.method === "ANY") - Number(right.method === "ANY");
}

/** A route that takes a request, and the values of its path parameters. */
export interface Match {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Finds the route of a request.
 *
 * @param routes Sorted by `sortRoutes`.
 * @param path The path, percent-decoded once, as HTTP APIs route.
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const wanted = path.slice(1).split("/");
  for (const route of routes) {
    if (route.method !== "ANY" && route.method !== method) continue;
    const parameters = route.segments ? matchSegments(route.segments, wanted) : {};
    if (parameters) return { route, parameters };
  }
  return undefined;
}

function matchSegments(
  segments: readonly string[],
  wanted: readonly string[],
): Record<string, string> | undefined {
  const greedy = segments.at(-1)?.endsWith("+}") ?? false;
  const last = segments.length - 1;
  const values = greedy ? [...wanted.slice(0, last), wanted.slice(last).join("/")] : wanted;
  if (segments.length !== values.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [place, segment] of segments.entries()) {
    const value = values[place] ?? "";
    const name = /^\{(.+?)\+?\}$/.exec(segment)?.[1];
    if (name === undefined ? segment !== value : value === "") return undefined;
    if (name !== undefined) parameters[name] = value;
  }
  return parameters;
}
