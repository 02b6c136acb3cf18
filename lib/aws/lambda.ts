import { STSClient } from "@aws-sdk/client-sts";
import { type Clock, systemClock } from "../core/time.ts";
import { post } from "./http.ts";
import { partitionOf, sitesOf } from "./partition.ts";
import { type SigningCredentials, signRequest } from "./sigv4.ts";

/** Lambda ends a function after 15 minutes at most; its answer takes a moment more. */
const LONGEST_INVOCATION = 910_000;

/** Where to invoke, and as whom. */
export interface InvokeSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Region and credentials as the SDK finds them: environment, profile, SSO, container. */
  readonly identity: () => Promise<{ region: string; credentials: SigningCredentials }>;
}

/**
 * Invokes a function directly, with the operator's own AWS credentials: the door that IAM alone guards.
 *
 * @param name Name or ARN of the function.
 * @param payload What the function's handler receives.
 * @returns What the handler answered.
 * @throws {Error} naming what AWS or the function said, for the operator to read.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export async function invokeLambda(
  name: string,
  payload: unknown,
  { environment, clock, identity }: InvokeSurroundings = surroundings(),
): Promise<unknown> {
  const { region, credentials } = await identity();
  const base = endpoint(environment, region);
  const url = new URL(`/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, base);
  const body = JSON.stringify(payload);
  const headers = signRequest(
    {
      method: "POST",
      url,
      headers: { "content-type": "application/json", "x-amz-invocation-type": "RequestResponse" },
      body,
      region,
      service: "lambda",
      at: clock.now(),
    },
    credentials,
  );
  const answer = await post({
    url,
    headers,
    body,
    timeoutMilliseconds: LONGEST_INVOCATION,
    maxBytes: 6_500_000,
  });
  const said = readJson(answer.body);
  if (answer.status !== 200) throw new Error(`Lambda answered ${answer.status}: ${messageOf(said)}`);
  if (answer.headers["x-amz-function-error"] !== undefined)
    throw new Error(`The function ${name} failed: ${messageOf(said)}`);
  return said;
}

const surroundings = (): InvokeSurroundings => ({
  environment: process.env,
  clock: systemClock,
  identity: async () => {
    const { config } = new STSClient({});
    const [region, credentials] = await Promise.all([config.region(), config.credentials()]);
    return { region, credentials };
  },
});

function endpoint(environment: InvokeSurroundings["environment"], region: string): string {
  const ignored = environment.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true";
  const configured = environment.AWS_ENDPOINT_URL_LAMBDA ?? environment.AWS_ENDPOINT_URL;
  if (configured !== undefined && !ignored) return configured;
  return `https://lambda.${region}.${sitesOf(partitionOf(region)).suffix}`;
}

function readJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 500) };
  }
}

function messageOf(said: unknown): string {
  if (typeof said !== "object" || said === null) return String(said);
  const { errorMessage, Message, message } = said as Record<string, unknown>;
  const found = [errorMessage, Message, message].find((one) => typeof one === "string");
  return typeof found === "string" ? found : JSON.stringify(said);
}
