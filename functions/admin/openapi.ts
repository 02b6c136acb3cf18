import * as v from "valibot";
import { REFUSALS, type RefusalCode } from "../../lib/core/errors.ts";
import { type JsonSchema, toJsonSchema } from "../../lib/core/json-schema.ts";
import { definitions, namedSchemas } from "../../lib/core/kind-schemas.ts";
import { AWS_REFUSALS } from "../../lib/core/refusals/aws.ts";
import { Answer, Authorize, Narrow, Redeem, RoleAddress } from "../shapes.ts";
import { Explained, Question } from "../why-shapes.ts";
import { BY_TOKEN } from "./by-token.ts";
import type { AdminRoutes, Told } from "./route.ts";

/** What any address may refuse; the rest is told by the route. */
const ALWAYS = [
  "request_invalid",
  "request_too_large",
  "broker_unavailable",
  "broker_updating",
  "broker_fault",
] as const;
/** Where nobody of that connection is decided for any more. */
const BY_CONNECTION = ["connection_unknown", "connection_disabled"] as const;
/** Of narrowing, of a session that cannot be, and of AWS. */
const BY_ISSUE = [
  "scope_unknown",
  "scope_required",
  "keys_missing",
  ...(Object.keys(AWS_REFUSALS) as RefusalCode[]).filter((code) => code !== "destination_not_allowed"),
] as const;

/** Addresses under `/api` of other functions. What they are sent is checked by the same schemas. */
const ELSEWHERE: Readonly<Record<string, Told>> = {
  "GET /api/roles": {
    does: "Roles that the bearer may use now.",
    answers: v.looseObject({ version: v.number(), roles: v.array(v.looseObject({})) }),
    refuses: [...BY_TOKEN, ...BY_CONNECTION],
    open: false,
  },
  "GET /api/why": {
    does: "Why the bearer, or whoever is signed in, has a role or has not, and what is missing least.",
    query: Question,
    answers: Explained,
    refuses: [...BY_TOKEN, "session_required", "session_expired"],
    open: false,
  },
  ...Object.fromEntries(
    (["GET", "POST"] as const).map((method): [string, Told] => [
      `${method} /api/credentials/{accountId}/{role}`,
      {
        does: "Credentials of one role, on the container-credentials wire of AWS SDKs.",
        path: RoleAddress,
        [method === "GET" ? "query" : "body"]: Narrow,
        answers: v.looseObject({
          AccessKeyId: v.string(),
          SecretAccessKey: v.string(),
          Token: v.string(),
          Expiration: v.string(),
        }),
        refuses: [
          ...BY_TOKEN,
          ...BY_CONNECTION,
          "role_not_granted",
          "role_denied",
          "mfa_required",
          ...BY_ISSUE,
        ],
        open: false,
      },
    ]),
  ),
  "GET /api/login/authorize": {
    does: "Asks the person in the browser whether a program on their machine is theirs.",
    query: Authorize,
    page: true,
    refuses: ["rules_unavailable"],
    open: true,
  },
  "GET /api/login/approve": {
    does: "The person's yes or no; leads back to the program.",
    query: Answer,
    page: true,
    refuses: ["session_required", "session_expired", "token_invalid", "rules_unavailable"],
    open: true,
  },
  "POST /api/login/token": {
    does: "A person's token for the code that the browser brought.",
    body: Redeem,
    answers: v.strictObject({ token: v.string(), expiresAt: v.number() }),
    refuses: ["token_invalid", "rules_unavailable"],
    open: true,
  },
};

/**
 * The description of everything under `/api`, OpenAPI 3.1.
 *
 * @param url The broker's own origin.
 */
export function openApi(routes: AdminRoutes, url: string): JsonSchema {
  const told: Record<string, Told> = { ...ELSEWHERE };
  for (const [key, { says }] of Object.entries(routes)) told[key] = says;
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const key of Object.keys(told).sort()) {
    const [method = "", path = ""] = key.split(" ");
    const says = told[key];
    if (says !== undefined) paths[path] = { ...paths[path], [method.toLowerCase()]: operation(key, says) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Sekisho", version: "1", description: "The JSON API of a Sekisho broker." },
    servers: [{ url }],
    paths,
    components: {
      schemas: { ...definitions(AT), Refusal: REFUSAL },
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
    },
  };
}

const AT = "#/components/schemas/" as const;

const REFUSAL: JsonSchema = {
  type: "object",
  description:
    "A no. Codes are stable; `about.hint` says what to change; operators find `reference` in the log.",
  properties: {
    code: { enum: Object.keys(REFUSALS) },
    message: { type: "string" },
    about: { type: "object" },
    reference: { type: "string" },
  },
  required: ["code", "message"],
};

const schemaOf = (schema: v.GenericSchema): JsonSchema =>
  toJsonSchema(schema, { names: namedSchemas(), at: AT });

function operation(key: string, says: Told): JsonSchema {
  const { does, path, query, body, matches, open } = says;
  return {
    operationId: key.replace(/[^A-Za-z]+/g, "-").replace(/-$/, ""),
    summary: does,
    ...(says.doing === undefined ? {} : { "x-sekisho-doing": says.doing }),
    security: open ? [] : [{ bearer: [] }],
    parameters: [
      ...parametersIn("path", path),
      ...parametersIn("query", query),
      ...(matches === true ? [IF_MATCH] : []),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { content: { "application/json": { schema: schemaOf(body) } } } }),
    responses: { ...goodOf(says), ...refusalsOf(says) },
  };
}

const IF_MATCH: JsonSchema = {
  name: "If-Match",
  in: "header",
  required: false,
  description: "The ETag of what was looked at: where another version is published, nothing is done.",
  schema: { type: "string", pattern: '^"\\d{1,15}"$' },
};

function parametersIn(place: "path" | "query", schema: v.GenericSchema | undefined): JsonSchema[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema) as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: one,
  }));
}

function goodOf({ answers, page }: Told): Record<string, JsonSchema> {
  if (page === true)
    return { 200: { description: "A page." }, 302: { description: "On to where it was asked for." } };
  const schema = answers === undefined ? {} : schemaOf(answers);
  return { 200: { description: "Done.", content: { "application/json": { schema } } } };
}

/** Refusals by status, each with the codes that may stand in it. */
function refusalsOf({ refuses = [] }: Told): Record<string, JsonSchema> {
  const codes: readonly RefusalCode[] = [...new Set([...ALWAYS, ...refuses])];
  const statuses = [...new Set(codes.map((code) => REFUSALS[code][0]))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const ours = codes.filter((code) => REFUSALS[code][0] === status);
      const schema = { allOf: [{ $ref: `${AT}Refusal` }, { properties: { code: { enum: ours } } }] };
      return [String(status), { description: ours.join(", "), content: { "application/json": { schema } } }];
    }),
  );
}
