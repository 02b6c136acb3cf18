import { readFileSync } from "node:fs";
import { Refusal } from "../lib/core/errors.ts";
import { openBase } from "../lib/flows/open.ts";
import { brokerMetadata, clientKeys, connectionMetadata } from "../lib/flows/publish-metadata.ts";
import { methodsAt } from "./addresses.ts";
import { jsonFault } from "./faults.ts";
import { type Event, type Fault, http, once, routes } from "./middleware.ts";
import { document, json, page, type Reply } from "./respond.ts";

const broker = once(() => openBase(process.env));

/** Half an hour: long enough for caches, short enough for a key rotation to be seen the same day. */
const METADATA_SECONDS = 1800;

/** `GET /healthz`: this process answers. It asks nobody else, so that an outage behind it is not taken for its own. */
const health = http(async () => json({ ok: true }));

/** `GET /saml/idp/metadata`: what IAM is given. */
const identityProvider = http(async () => {
  return document(await brokerMetadata(broker()), "application/samlmetadata+xml", METADATA_SECONDS);
});

/** `GET /saml/{connection}/metadata`: what the provider is given. */
const serviceProvider = http(async (event) => {
  const xml = await connectionMetadata(broker(), event.pathParameters?.connection ?? "");
  return document(xml, "application/samlmetadata+xml", METADATA_SECONDS);
});

/** `GET /.well-known/jwks.json`: keys of our client assertions (private_key_jwt). */
const jwks = http(async () =>
  document(JSON.stringify(await clientKeys(broker())), "application/json", METADATA_SECONDS),
);

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Assets by name. A name with anything but letters, digits, dots and hyphens is nobody's. */
const asset = (name: string): string => {
  const type = /^[a-z][a-z0-9-]{0,40}\.(css|js|svg)$/.exec(name)?.[1];
  if (type === undefined) throw new Refusal("not_found");
  try {
    return readFileSync(new URL(`../web/assets/${name}`, import.meta.url), "utf8");
  } catch (cause) {
    throw new Refusal("not_found", {}, { cause });
  }
};

/** `GET /assets/{file}`: styles, scripts and the mark. */
const assets = http(async (event) => {
  const name = event.pathParameters?.file ?? "";
  return document(asset(name), TYPES[name.split(".")[1] ?? ""] ?? "text/plain", 3600);
});

const icon = http(async () => document(asset("mark.svg"), "image/svg+xml", 86_400));
const robots = http(async () =>
  document("User-agent: *\nDisallow: /\n", "text/plain; charset=utf-8", 86_400),
);

/** People are shown a page; programs, and whatever is under `/api/`, are told in JSON. */
const wantsPage = ({ rawPath, headers }: Event): boolean =>
  !rawPath.startsWith("/api/") && /\btext\/html\b/i.test(headers.accept ?? "");

const nowhereFault: Fault = async (refusal, event, at) => {
  const reply = wantsPage(event) ? await asPage(refusal, event, at) : jsonFault(refusal, event, at);
  const allow = methodsAt(event.rawPath).join(", ");
  return allow === "" ? reply : { ...reply, headers: { ...reply.headers, allow } };
};

/** Pages are not what this function starts for, so they load with the first that is asked for. */
async function asPage(...[refusal, event, at]: Parameters<Fault>): Promise<Reply> {
  const { rules } = broker();
  const [{ refusalPage }, { refusalView }] = await Promise.all([
    import("./pages/refusal.ts"),
    import("./refusal-view.ts"),
  ]);
  // Where even the rules cannot be read, the page does without names.
  const world = await rules.world().catch(() => undefined);
  return page(refusalPage(refusalView(refusal, event, at, world)), { status: refusal.status });
}

/** `$default`: an address that nobody has, or a method that nobody answers there. */
const nowhere = http(async ({ rawPath, requestContext }) => {
  const methods = methodsAt(rawPath);
  if (methods.length === 0) throw new Refusal("not_found");
  const { method } = requestContext.http;
  const hint = `${method} is not answered here; ${methods.join(" and ")} ${methods.length > 1 ? "are" : "is"}.`;
  throw new Refusal("method_not_allowed", { methods }, { about: { hint } });
}, nowhereFault);

export const handler = routes({
  $default: nowhere,
  "GET /healthz": health,
  "GET /robots.txt": robots,
  "GET /favicon.ico": icon,
  "GET /assets/{file}": assets,
  "GET /.well-known/jwks.json": jwks,
  "GET /saml/idp/metadata": identityProvider,
  "GET /saml/{connection}/metadata": serviceProvider,
});
