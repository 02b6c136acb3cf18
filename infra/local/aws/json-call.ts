import { AwsFault, invalidMember } from "./faults.ts";
import type { Signed } from "./sigv4.ts";
import type { World } from "./wire.ts";

/** One call of a JSON service. */
export interface JsonCall extends Signed {
  readonly world: World;
  readonly input: Readonly<Record<string, unknown>>;
}

export type JsonAction = (call: JsonCall) => unknown;

/** @throws {AwsFault} SerializationException when it is no JSON object. */
export function readJson(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body === "" ? "{}" : body);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    throw new AwsFault(400, "SerializationException", "The body is not JSON");
  }
  throw new AwsFault(400, "SerializationException", "Start of structure or map found where not expected.");
}

const lower = (name: string) => `${name[0]?.toLowerCase()}${name.slice(1)}`;

/** A text member; undefined where absent. @throws {AwsFault} SerializationException for another type. */
export function optionalText({ input }: JsonCall, name: string): string | undefined {
  const value = input[name] ?? undefined;
  if (value !== undefined && typeof value !== "string")
    throw new AwsFault(400, "SerializationException", `${name} is not a string`);
  return value;
}

/** @throws {AwsFault} ValidationException when absent or empty. */
export function requiredText(call: JsonCall, name: string): string {
  const value = optionalText(call, name);
  if (!value) throw invalidMember(lower(name), "Member must not be null");
  return value;
}

/** A blob member, base64 on the wire, between 1 and `most` bytes. */
export function requiredBytes(call: JsonCall, name: string, most: number): Buffer {
  const text = requiredText(call, name);
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text)
    throw new AwsFault(400, "SerializationException", `${name} is not base64`);
  if (bytes.length > most)
    throw invalidMember(lower(name), `Member must have length less than or equal to ${most}`);
  return bytes;
}
