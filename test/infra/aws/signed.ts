import { STSClient } from "@aws-sdk/client-sts";
import type { Keys } from "./world.ts";

/** A request to sign; `path` is as it goes over the wire. */
export interface Draft {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Signs by AWS's own signer, for services whose client is not a dependency and for requests to spoil. */
export async function signed(url: string, keys: Keys, service: string, draft: Draft, region = "us-east-1") {
  const client = new STSClient({ region, credentials: keys, endpoint: url });
  const scheme = { name: "sigv4", signingName: service, signingRegion: region, properties: {} };
  const signer = await client.config.signer(scheme);
  const { hostname, port, host } = new URL(url);
  const [path = "/", query = ""] = (draft.path ?? "/").split("?");
  const { headers } = await signer.sign({
    method: draft.method ?? "POST",
    protocol: "http:",
    hostname,
    port: Number(port),
    path,
    query: Object.fromEntries(new URLSearchParams(query)),
    headers: { host, ...draft.headers },
    body: draft.body ?? "",
  });
  return { method: draft.method ?? "POST", headers, body: draft.body ?? "" };
}

export type SignedRequest = Awaited<ReturnType<typeof signed>>;

/** Sends it as it stands. */
export const send = (url: string, path: string, request: SignedRequest): Promise<Response> =>
  fetch(`${url}${path}`, { ...request, ...(request.body === "" ? { body: null } : {}) });
