/** An error in AWS's words; the front door writes it in the shape of the wire it came by. */
export class AwsFault extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "AwsFault";
    this.code = code;
    this.status = status;
  }
}

/** A parameter outside its bounds, as the query protocol says it. */
export const invalidParameter = (value: string, name: string, constraint: string): AwsFault =>
  new AwsFault(
    400,
    "ValidationError",
    `1 validation error detected: Value '${value.slice(0, 100)}' at '${name}' failed to satisfy constraint: ${constraint}`,
  );

/** The same of the JSON services. */
export const invalidMember = (name: string, constraint: string): AwsFault =>
  new AwsFault(
    400,
    "ValidationException",
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: ${constraint}`,
  );

export const malformedPolicy = (message: string): AwsFault =>
  new AwsFault(400, "MalformedPolicyDocument", message);
