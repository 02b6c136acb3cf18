import assert from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { openApi } from "../../functions/admin/openapi.ts";
import { ROUTES } from "../../functions/admin.ts";

interface Content {
  readonly content?: { readonly "application/json": { readonly schema: object } };
}
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

/** The description as a client reads it. */
export const description = JSON.parse(JSON.stringify(openApi(ROUTES, "https://broker.example.com"))) as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

/** Every operation by its route. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => [`${method.toUpperCase()} ${path}`, one] as const),
  ),
);

const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: { uri: (text: string) => URL.canParse(text) },
});
ajv.addSchema(description, "api");
const pointer = (...parts: readonly string[]) =>
  `api#/${parts.map((one) => encodeURIComponent(one.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;
const made = new Map<string, ValidateFunction>();
function validator(...parts: readonly string[]): ValidateFunction {
  const $ref = pointer(...parts, "content", "application/json", "schema");
  const found = made.get($ref) ?? ajv.compile({ $ref });
  made.set($ref, found);
  return found;
}

/** Holds a request that was answered against the description: what was sent, if it was taken, and what came back. */
export function assertDescribed(
  route: string,
  sent: unknown,
  answer: { readonly status: number; readonly body: unknown },
): void {
  const operation = operations.get(route);
  assert.ok(operation, `${route} is described`);
  const [method = "", path = ""] = route.split(" ");
  const at = ["paths", path, method.toLowerCase()];
  const status = String(answer.status);
  assert.ok(operation.responses[status], `${route} may answer ${status}: ${JSON.stringify(answer.body)}`);
  const told = validator(...at, "responses", status);
  assert.ok(
    told(answer.body),
    `${route} ${status}: ${ajv.errorsText(told.errors)} ${JSON.stringify(answer.body)}`,
  );
  if (answer.status !== 200 || operation.requestBody === undefined) return;
  const taken = validator(...at, "requestBody");
  assert.ok(taken(sent ?? {}), `${route} took ${JSON.stringify(sent)}: ${ajv.errorsText(taken.errors)}`);
}
