/** One peer as an HTTP server in a process of its own: a response in, a session cookie out. Tells its parent where it stands. */
import { randomBytes } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { SAML } from "@node-saml/node-saml";
import samlify from "samlify";
import { openJackson } from "./jackson.ts";
import { readTraffic, type Traffic, wait } from "./wire.ts";

const POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const [which = "", path = "", folder = ""] = process.argv.slice(2);
const traffic = readTraffic(path);

/** Verifies one response, whatever that takes. */
export type Verify = (response: string, relayState: string) => Promise<unknown>;

function nodeSaml({ idp, entityId, acs }: Traffic): Verify {
  const saml = new SAML({
    idpCert: idp.certificate,
    issuer: entityId,
    audience: entityId,
    callbackUrl: acs,
    wantAuthnResponseSigned: false,
  });
  return (SAMLResponse) => saml.validatePostResponseAsync({ SAMLResponse });
}

function bySamlify({ idp: { entityId: entityID, certificate }, entityId, acs }: Traffic): Verify {
  samlify.setSchemaValidator({ validate: async () => "unchecked" });
  const service = [{ Binding: POST, Location: "https://idp.example.com/sso" }];
  const idp = samlify.IdentityProvider({
    entityID,
    signingCert: certificate,
    singleSignOnService: service,
    singleLogoutService: service,
  });
  const sp = samlify.ServiceProvider({
    entityID: entityId,
    wantAssertionsSigned: true,
    assertionConsumerService: [{ Binding: POST, Location: acs }],
  });
  return (SAMLResponse) => sp.parseLoginResponse(idp, "post", { body: { SAMLResponse } });
}

/** A store that takes as long as ours, and a session cookie. */
async function session(): Promise<string> {
  await wait();
  return `session=${randomBytes(32).toString("base64url")}; HttpOnly; Path=/`;
}

function plain(verify: Verify): RequestListener {
  return async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const fields = new URLSearchParams(Buffer.concat(parts).toString("utf8"));
    try {
      await verify(fields.get("SAMLResponse") ?? "", fields.get("RelayState") ?? "");
      response.writeHead(302, { location: "/", "set-cookie": await session() }).end();
    } catch (thrown) {
      response.writeHead(403).end(String(thrown));
    }
  };
}

/** What of express is used. It is installed on request and has no types here. */
interface Express {
  (): RequestListener & {
    post(
      path: string,
      parse: unknown,
      handle: (request: { body: Record<string, string> }, response: Sent) => void,
    ): void;
  };
  urlencoded(options: object): unknown;
}
interface Sent {
  cookie(name: string, value: string, options: object): void;
  redirect(to: string): void;
  status(code: number): { send(text: string): void };
}

function withExpress(verify: Verify): RequestListener {
  const express: Express = createRequire(join(folder, "package.json"))("express");
  const app = express();
  app.post(
    "/saml/bench/acs",
    express.urlencoded({ extended: false, limit: "1mb" }),
    async ({ body }, response) => {
      try {
        await verify(body.SAMLResponse ?? "", body.RelayState ?? "");
        await wait();
        response.cookie("session", randomBytes(32).toString("base64url"), { httpOnly: true });
        response.redirect("/");
      } catch (thrown) {
        response.status(403).send(String(thrown));
      }
    },
  );
  return app;
}

const LISTENERS: Readonly<Record<string, () => RequestListener | Promise<RequestListener>>> = {
  express: () => withExpress(nodeSaml(traffic)),
  "node-saml": () => plain(nodeSaml(traffic)),
  samlify: () => plain(bySamlify(traffic)),
  jackson: async () => plain(await openJackson(traffic, folder)),
};

const listener = await LISTENERS[which]?.();
if (listener === undefined) throw new Error(`no peer is called ${which}`);
const server = createServer(listener).listen(0, "127.0.0.1", () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.once("disconnect", () => process.exit(0));
