import { MANAGEMENT_ACCOUNT } from "./accounts.ts";
import { AwsFault } from "./faults.ts";
import type { Signed } from "./sigv4.ts";
import type { AwsAnswer, AwsRequest, World } from "./wire.ts";

const PATH = /^\/2015-03-31\/functions\/([^/]{1,512})\/invocations$/;
/** Request and answer of a synchronous call, in bytes. */
const SYNC_BYTES = 6 * 1024 * 1024;
const EVENT_BYTES = 1024 * 1024;

/** The encoded function name of an invocation's path; undefined for any other path. */
export const invokedFunction = (path: string): string | undefined => PATH.exec(path)?.[1];

/** `name`, `name:$LATEST`, or the function's ARN in the broker's account -> name. */
function functionName(encoded: string): string {
  let text: string;
  try {
    text = decodeURIComponent(encoded);
  } catch {
    text = "";
  }
  const arn = new RegExp(`^arn:aws:lambda:[a-z0-9-]+:${MANAGEMENT_ACCOUNT}:function:`);
  const name = /^([A-Za-z0-9_-]{1,140})(?::\$LATEST)?$/.exec(text.replace(arn, ""))?.[1];
  if (name === undefined)
    throw new AwsFault(400, "ValidationException", "The function name is not one of Lambda's");
  return name;
}

function readPayload(request: AwsRequest, type: string): unknown {
  const most = type === "Event" ? EVENT_BYTES : SYNC_BYTES;
  if (request.body.length > most)
    throw new AwsFault(413, "RequestTooLargeException", `Request must be smaller than ${most} bytes`);
  try {
    return request.body.length === 0 ? {} : JSON.parse(request.body.toString("utf8"));
  } catch {
    throw new AwsFault(400, "InvalidRequestContentException", "Could not parse request body into json");
  }
}

const answer = (status: number, payload: string, functionError: boolean): AwsAnswer => ({
  status,
  headers: {
    "content-type": "application/json",
    "x-amz-executed-version": "$LATEST",
    ...(functionError ? { "x-amz-function-error": "Unhandled" } : {}),
  },
  body: payload,
});

const failure = (thrown: unknown) => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { errorMessage: error.message, errorType: error.name };
};

/** Lambda's own patience through API Gateway; a function that hangs must not hang its caller. */
const FUNCTION_MILLISECONDS = 30_000;

async function withDeadline(work: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    const late = new Error(`Task timed out after ${FUNCTION_MILLISECONDS / 1000}.00 seconds`);
    timer = setTimeout(() => reject(late), FUNCTION_MILLISECONDS);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

const isNoFunction = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.name === "ResourceNotFoundException";

/** Runs a function and answers as Lambda does, whatever becomes of it. */
async function run(type: string, work: () => Promise<unknown>, missing: AwsFault): Promise<AwsAnswer> {
  const accepted = answer(202, "", false);
  try {
    const text = JSON.stringify((await withDeadline(work())) ?? null);
    if (type === "Event") return accepted;
    if (Buffer.byteLength(text) > SYNC_BYTES) throw new Error("The response exceeds 6 MB");
    return answer(200, text, false);
  } catch (thrown) {
    if (isNoFunction(thrown)) throw missing;
    return type === "Event" ? accepted : answer(200, JSON.stringify(failure(thrown)), true);
  }
}

/**
 * `Invoke`: the IAM-authorised way into a function of the broker.
 *
 * A function that throws gives 200 with `X-Amz-Function-Error`, as Lambda does; one that does not exist gives 404.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export async function invokeFunction(
  request: AwsRequest,
  encodedName: string,
  signed: Signed,
  world: World,
): Promise<AwsAnswer> {
  const name = functionName(encodedName);
  const arn = `arn:aws:lambda:${signed.region}:${MANAGEMENT_ACCOUNT}:function:${name}`;
  if (signed.caller.accountId !== MANAGEMENT_ACCOUNT)
    throw new AwsFault(
      403,
      "AccessDeniedException",
      `Not authorized to perform: lambda:InvokeFunction on ${arn}`,
    );
  const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
  if (!["RequestResponse", "Event", "DryRun"].includes(type))
    throw new AwsFault(400, "InvalidParameterValueException", "X-Amz-Invocation-Type is not known");
  const payload = readPayload(request, type);
  const missing = new AwsFault(404, "ResourceNotFoundException", `Function not found: ${arn}`);
  const { invoke } = world;
  if (invoke === undefined) throw missing;
  if (type === "DryRun") return answer(204, "", false);
  return run(type, () => invoke(name, payload), missing);
}
