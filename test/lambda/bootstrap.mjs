// What Lambda's own runtime for Node.js does: loads the handler from the code folder, then takes one event after the
// other from the runtime API. Plain JavaScript, as nothing in the function's folder helps it.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { Agent, request } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER } = process.env;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const ask = (method, path, body) =>
  new Promise((resolve, reject) => {
    const sent = request(
      `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/${path}`,
      { method, agent, headers: body === undefined ? {} : { "content-type": "application/json" } },
      (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("end", () =>
          resolve({ headers: answer.headers, text: Buffer.concat(parts).toString("utf8") }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });

const told = (error) =>
  JSON.stringify({
    errorType: error?.name ?? "Error",
    errorMessage: error?.message ?? String(error),
    trace: error?.stack?.split("\n") ?? [],
  });

async function load() {
  const dot = _HANDLER.lastIndexOf(".");
  const file = join(LAMBDA_TASK_ROOT, `${_HANDLER.slice(0, dot)}.mjs`);
  const handler = (await import(pathToFileURL(file).href))[_HANDLER.slice(dot + 1)];
  if (typeof handler !== "function") throw new Error(`${_HANDLER} is undefined or not exported`);
  // nodejs24.x takes no callbacks any more.
  if (handler.length > 2) throw new Error("callback handlers are not supported");
  return handler;
}

let handler;
try {
  handler = await load();
} catch (thrown) {
  await ask("POST", "init/error", told(thrown));
  process.exit(1);
}
for (;;) {
  const { headers, text } = await ask("GET", "invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  const endsAt = Number(headers["lambda-runtime-deadline-ms"]);
  const context = {
    awsRequestId: id,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: "$LATEST",
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Math.max(0, endsAt - Date.now()),
  };
  try {
    const answer = await handler(JSON.parse(text), context);
    await ask("POST", `invocation/${id}/response`, JSON.stringify(answer === undefined ? null : answer));
  } catch (thrown) {
    await ask("POST", `invocation/${id}/error`, told(thrown));
  }
}
