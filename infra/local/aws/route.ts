import { authorize } from "./authorize.ts";
import { showConsole } from "./console.ts";
import { notice } from "./console-page.ts";
import { AwsFault } from "./faults.ts";
import { callIam } from "./iam.ts";
import { type JsonAction, readJson } from "./json-call.ts";
import { KMS_ACTIONS } from "./kms.ts";
import { invokedFunction, invokeFunction } from "./lambda.ts";
import { ORGANIZATIONS_ACTIONS } from "./organizations.ts";
import { readParameters } from "./query.ts";
import { SECRETS_ACTIONS } from "./secrets.ts";
import { federate } from "./signin.ts";
import { type Signed, verifySignature, type WireStyle } from "./sigv4.ts";
import { simulate } from "./simulate.ts";
import { callSts, UNSIGNED_ACTIONS } from "./sts.ts";
import type { AwsAnswer, AwsRequest, World } from "./wire.ts";
import { escapeXml, writeXml, type XmlFields } from "./xml.ts";

/** JSON services by the prefix of `X-Amz-Target`. */
const JSON_SERVICES: Readonly<
  Record<string, readonly [service: string, Readonly<Record<string, JsonAction>>]>
> = {
  TrentService: ["kms", KMS_ACTIONS],
  secretsmanager: ["secretsmanager", SECRETS_ACTIONS],
  AWSOrganizationsV20161128: ["organizations", ORGANIZATIONS_ACTIONS],
};

/** Query services by their `Version`. */
const QUERY_SERVICES: Readonly<Record<string, readonly [service: "sts" | "iam", namespace: string]>> = {
  "2011-06-15": ["sts", "https://sts.amazonaws.com/doc/2011-06-15/"],
  "2010-05-08": ["iam", "https://iam.amazonaws.com/doc/2010-05-08/"],
};

const CODE_OF_SCOPE = { query: "SignatureDoesNotMatch", json: "InvalidSignatureException" } as const;

/** A checked signature that is scoped to the service that is asked. */
function signedFor(service: string, request: AwsRequest, world: World, style: WireStyle): Signed {
  const signed = verifySignature(request, world, style);
  if (signed.service !== service)
    throw new AwsFault(
      403,
      CODE_OF_SCOPE[style],
      `Credential should be scoped to correct service: '${service}'.`,
    );
  return signed;
}

const asFault = (thrown: unknown): AwsFault => {
  if (thrown instanceof AwsFault) return thrown;
  console.error("aws look-alike:", thrown);
  return new AwsFault(500, "InternalFailure", "The look-alike failed while it worked on this request.");
};

function callQuery(service: "sts" | "iam", action: string, request: AwsRequest, world: World): XmlFields {
  const parameters = readParameters(request.body.toString("utf8"));
  const unsigned = service === "sts" && UNSIGNED_ACTIONS.includes(action);
  const signed = unsigned ? undefined : signedFor(service, request, world, "query");
  if (service === "sts") return callSts(action, request, parameters, signed?.caller, world);
  if (signed === undefined)
    throw new AwsFault(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
  authorize(signed.caller, `iam:${action}`, world, "AccessDenied");
  return callIam(action, parameters, signed, world);
}

function queryService(request: AwsRequest, world: World): AwsAnswer {
  let namespace = "http://webservices.amazon.com/AWSFault/2005-15-09";
  const headers = { "content-type": "text/xml" };
  try {
    const parameters = readParameters(request.body.toString("utf8"));
    const action = parameters.get("Action") ?? "";
    const known = QUERY_SERVICES[parameters.get("Version") ?? ""];
    if (known === undefined || !/^[A-Za-z]{1,80}$/.test(action))
      throw new AwsFault(400, "InvalidAction", `Could not find operation ${action.slice(0, 80)}`);
    namespace = known[1];
    const result = callQuery(known[0], action, request, world);
    const body = writeXml({
      [`${action}Result`]: result,
      ResponseMetadata: { RequestId: request.id },
    });
    return {
      status: 200,
      headers,
      body: `<${action}Response xmlns="${namespace}">${body}</${action}Response>`,
    };
  } catch (thrown) {
    const { status, code, message } = asFault(thrown);
    const error = writeXml({ Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message });
    const body = `<ErrorResponse xmlns="${escapeXml(namespace)}"><Error>${error}</Error><RequestId>${request.id}</RequestId></ErrorResponse>`;
    return { status, headers, body };
  }
}

/** Runs a handler and writes its faults as JSON services do. */
async function jsonFaults(type: string, run: () => Promise<AwsAnswer> | AwsAnswer): Promise<AwsAnswer> {
  try {
    return await run();
  } catch (thrown) {
    const { status, code, message } = asFault(thrown);
    const body = JSON.stringify({ __type: code, message });
    return { status, headers: { "content-type": type, "x-amzn-errortype": code }, body };
  }
}

const AMZ_JSON = "application/x-amz-json-1.1";

async function jsonService(request: AwsRequest, target: string, world: World): Promise<AwsAnswer> {
  const [prefix = "", operation = ""] = target.split(".");
  const known = Object.hasOwn(JSON_SERVICES, prefix) ? JSON_SERVICES[prefix] : undefined;
  const run = known && Object.hasOwn(known[1], operation) ? known[1][operation] : undefined;
  if (known === undefined) throw new AwsFault(400, "UnknownOperationException", "");
  if (request.headers["content-type"] !== AMZ_JSON)
    throw new AwsFault(415, "UnsupportedMediaTypeException", `The content type is ${AMZ_JSON}`);
  const signed = signedFor(known[0], request, world, "json");
  if (run === undefined) throw new AwsFault(400, "UnknownOperationException", "");
  if (known[0] !== "kms")
    authorize(signed.caller, `${known[0]}:${operation}`, world, "AccessDeniedException");
  const output = await run({ ...signed, world, input: readJson(request.body.toString("utf8")) });
  return { status: 200, headers: { "content-type": AMZ_JSON }, body: JSON.stringify(output) };
}

async function invoke(request: AwsRequest, name: string, world: World): Promise<AwsAnswer> {
  const signed = signedFor("lambda", request, world, "json");
  authorize(signed.caller, "lambda:InvokeFunction", world, "AccessDeniedException");
  return invokeFunction(request, name, signed, world);
}

/** Pages and endpoints of the sign-in host and the console. */
function signinHost(request: AwsRequest, world: World): AwsAnswer | undefined {
  if (request.path === "/federation") return federate(request, world);
  if (request.path === "/console" || request.path.startsWith("/console/")) return showConsole(request, world);
  return undefined;
}

/** Tells the services of the one port apart and answers in the wire shape of each. */
export async function route(request: AwsRequest, world: World): Promise<AwsAnswer> {
  const isPost = request.method === "POST";
  const target = request.headers["x-amz-target"];
  const name = invokedFunction(request.path);
  if (isPost && name !== undefined) return jsonFaults("application/json", () => invoke(request, name, world));
  if (isPost && request.path === "/_local/simulate")
    return jsonFaults("application/json", () => simulate(request, world));
  if (isPost && request.path === "/" && target !== undefined)
    return jsonFaults(AMZ_JSON, () => jsonService(request, target, world));
  if (isPost && request.path === "/") return queryService(request, world);
  try {
    const page = signinHost(request, world);
    if (page !== undefined) return page;
  } catch (thrown) {
    const { status, message } = asFault(thrown);
    return notice(status, "This request cannot be read", message);
  }
  return notice(404, "Nothing here", "This is the local AWS look-alike; it has no such page.");
}
