import type { Event } from "../../functions/middleware.ts";

/** One request as API Gateway's payload 2.0 would tell it. */
export interface Asked {
  readonly route?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly sourceIp?: string;
}

let requests = 0;

/** Makes the event of a request; forms arrive in base 64, as they do on AWS. */
export function eventOf(asked: Asked): Event {
  const route = asked.route ?? "GET /";
  const [method = "GET", routePath = "/"] = route.split(" ");
  const path = asked.path ?? routePath;
  return {
    version: "2.0",
    routeKey: route,
    rawPath: path,
    rawQueryString: asked.query ?? "",
    headers: { host: "localhost", ...asked.headers },
    ...(asked.cookies === undefined ? {} : { cookies: [...asked.cookies] }),
    ...(asked.parameters === undefined ? {} : { pathParameters: { ...asked.parameters } }),
    ...(asked.body === undefined ? {} : { body: Buffer.from(asked.body).toString("base64") }),
    isBase64Encoded: asked.body !== undefined,
    requestContext: {
      accountId: "999999999999",
      apiId: "test",
      domainName: "localhost",
      domainPrefix: "localhost",
      http: {
        method,
        path,
        protocol: "HTTP/1.1",
        sourceIp: asked.sourceIp ?? "127.0.0.1",
        userAgent: "test",
      },
      requestId: `request-${++requests}`,
      routeKey: route,
      stage: "$default",
      time: "22/Nov/2026:09:41:00 +0000",
      timeEpoch: 1_795_340_460_000,
    },
  };
}
