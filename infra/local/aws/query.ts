import { AwsFault } from "./faults.ts";
import { decodeForm } from "./wire.ts";

/** Parameters of one call of the query protocol. */
export type Parameters = ReadonlyMap<string, string>;

/** @throws {AwsFault} for bodies that are not forms and for a parameter given twice. */
export function readParameters(body: string): Parameters {
  const parameters = new Map<string, string>();
  for (const pair of body.split("&").filter(Boolean)) {
    const equals = pair.indexOf("=");
    const name = decodeForm(equals < 0 ? pair : pair.slice(0, equals));
    const value = decodeForm(equals < 0 ? "" : pair.slice(equals + 1));
    if (name === undefined || value === undefined)
      throw new AwsFault(400, "MalformedQueryString", "The query string contains a syntax error");
    if (parameters.has(name))
      throw new AwsFault(400, "MalformedQueryString", `The parameter ${name.slice(0, 80)} occurs twice`);
    parameters.set(name, value);
  }
  return parameters;
}

/** @throws {AwsFault} when it is absent or empty. */
export function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined || value === "")
    throw new AwsFault(
      400,
      "ValidationError",
      `1 validation error detected: Value null at '${name[0]?.toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must not be null`,
    );
  return value;
}

/** Values of `name.member.1.suffix`, `name.member.2.suffix`, ... without gaps. */
export function members(parameters: Parameters, name: string, suffix = ""): readonly string[] {
  const values: string[] = [];
  for (;;) {
    const value = parameters.get(`${name}.member.${values.length + 1}${suffix}`);
    if (value === undefined) return values;
    values.push(value);
  }
}

/** @throws {AwsFault} when present and no whole number within bounds. */
export function wholeNumber(
  parameters: Parameters,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw new AwsFault(400, "MalformedInput", `${name} is not a number`);
  const field = `${name[0]?.toLowerCase()}${name.slice(1)}`;
  const value = Number(text);
  const bound = value < least ? `greater than or equal to ${least}` : `less than or equal to ${most}`;
  if (value < least || value > most)
    throw new AwsFault(
      400,
      "ValidationError",
      `1 validation error detected: Value '${text}' at '${field}' failed to satisfy constraint: Member must have value ${bound}`,
    );
  return value;
}
