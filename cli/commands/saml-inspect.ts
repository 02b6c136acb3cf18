import { constants, createPrivateKey, type KeyObject, privateDecrypt, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { parseAllDocuments } from "yaml";
import { doubtsOfSubject } from "../../lib/connectors/lint.ts";
import { proveSaml } from "../../lib/connectors/saml.ts";
import { keysOf } from "../../lib/connectors/saml-provider.ts";
import { refreshSaml } from "../../lib/connectors/saml-refresh.ts";
import { type ConnectionState, SamlConnection } from "../../lib/core/connection.ts";
import { isRefusal, Refusal } from "../../lib/core/errors.ts";
import { type Epoch, fixedClock, parseInstant, systemClock, toInstant } from "../../lib/core/time.ts";
import { peekResponse, type Solicited } from "../../lib/saml/response.ts";
import type { InspectOptions } from "./saml.ts";

/** What is printed; `identity` holds what the connection maps, `received` the names of all attributes sent. */
interface Report {
  readonly verdict: "accepted" | "refused";
  readonly code: string | null;
  readonly signed: readonly string[];
  readonly identity: {
    readonly subject: string;
    readonly claims: Readonly<Record<string, readonly string[]>>;
    readonly name: string;
    readonly unknown: readonly string[];
    readonly amr: readonly string[];
    readonly mfa: string;
  } | null;
  readonly [more: string]: unknown;
}

interface Inspected {
  /** 0 accepted, 1 refused, 2 nothing was judged. */
  readonly status: 0 | 1 | 2;
  readonly output?: Report;
  readonly complaint?: string;
}

/** The command line or a file of the administrator makes no sense. */
class Misuse extends Error {}

/**
 * Judges one response offline, by the code the ACS runs.
 *
 * What the broker would know from its store is taken from elsewhere: the provider's keys from the connection or its
 * metadata file, and the request from `--in-response-to` or, where that is absent, from the response itself.
 */
export async function inspect(options: InspectOptions): Promise<Inspected> {
  try {
    return await judge(options);
  } catch (thrown) {
    if (thrown instanceof Misuse) return { status: 2, complaint: thrown.message };
    throw thrown;
  }
}

async function judge(options: InspectOptions): Promise<Inspected> {
  const now = instantOf(options.at);
  const connection = readConnection(options.connection);
  const url = originOf(connection, options.url);
  const response = readResponse(options.response);
  const unwrapKey = options.decryptionKey === undefined ? undefined : unwrapBy(options.decryptionKey);
  try {
    if (!connection.enabled) throw new Refusal("connection_disabled", { connection: connection.id });
    const state = await learnt(connection, now);
    const solicited = solicitedBy(options, response);
    if (solicited.kind === "unsolicited" && connection.idpInitiated === "off")
      throw new Refusal("signin_unsolicited", { connection: connection.id });
    const { identity, assertion } = await proveSaml(connection, response, {
      url,
      state,
      now,
      solicited,
      ...(unwrapKey === undefined ? {} : { unwrapKey }),
    });
    const { subject, claims, name, unknown, amr, mfa } = identity;
    const output: Report = {
      verdict: "accepted",
      code: null,
      signed: assertion.signed,
      identity: { subject, claims, name, unknown, amr, mfa },
      encrypted: assertion.encrypted,
      received: [...Object.keys(assertion.attributes), ...assertion.unreadable],
      acceptableUntil: toInstant(assertion.acceptableUntil),
      warnings: [
        ...tileWarning(connection, solicited),
        ...doubtsOfSubject(connection, subject, assertion.nameId.format),
        ...keyWarnings(keysOf(connection, state, now), now),
      ],
    };
    return { status: 0, output };
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    return { status: 1, output: refused(thrown, now) };
  }
}

const refused = ({ code, detail, about }: Refusal, now: Epoch): Report => ({
  verdict: "refused",
  code,
  signed: [],
  identity: null,
  detail,
  at: toInstant(now),
  ...(about.hint === undefined ? {} : { hint: about.hint }),
});

function instantOf(text: string | undefined): Epoch {
  if (text === undefined) return systemClock.now();
  const at = /^\d{1,11}$/.test(text) ? Number(text) : parseInstant(text);
  if (at === undefined) throw new Misuse(`--at ${text}: write an instant such as 2026-11-22T09:41:00Z`);
  return at;
}

function read(what: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Misuse(`${what} ${path}: ${cause instanceof Error ? cause.message : "cannot be read"}`);
  }
}

/** The one SAML connection in a YAML file, its metadata file read from beside it. */
function readConnection(path: string): SamlConnection {
  const documents = parseAllDocuments(read("--connection", path).toString("utf8"));
  const broken = documents.flatMap(({ errors }) => errors)[0];
  if (broken !== undefined) throw new Misuse(`--connection ${path}: ${broken.message}`);
  const [object, ...more] = documents
    .map((document) => document.toJS() as { kind?: unknown; protocol?: unknown } | null)
    .filter((one) => one?.kind === "Connection" && one.protocol === "saml");
  if (object === undefined || more.length > 0)
    throw new Misuse(`--connection ${path}: one \`kind: Connection\` with \`protocol: saml\` is needed`);
  const parsed = v.safeParse(SamlConnection, object);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Misuse(`--connection ${path}: ${v.getDotPath(issue) ?? "connection"}: ${issue.message}`);
  }
  const { metadata, issuer, certificates = [] } = parsed.output;
  if (metadata === undefined && (issuer === undefined || certificates.length === 0))
    throw new Misuse(`--connection ${path}: \`metadata\`, or \`issuer\` and \`certificates\`, are needed`);
  return withMetadata(parsed.output, path);
}

function withMetadata(connection: SamlConnection, path: string): SamlConnection {
  const { metadata } = connection;
  if (metadata === undefined || "xml" in metadata) return connection;
  if ("url" in metadata)
    throw new Misuse("metadata.url: nothing is fetched here; save the metadata and name it as metadata.file");
  const file = resolve(dirname(path), metadata.file);
  return { ...connection, metadata: { xml: read("metadata.file", file).toString("utf8") } };
}

/** @throws {Refusal} `provider_metadata_expired`, which the ACS would answer with as well. */
async function learnt(connection: SamlConnection, now: Epoch): Promise<ConnectionState> {
  const outbound = () => Promise.reject(new Refusal("provider_unreachable", { offline: true }));
  const { state } = await refreshSaml(connection, undefined, { clock: fixedClock(now), outbound });
  if (state.failedWith === "provider_metadata_expired") throw new Refusal("provider_metadata_expired");
  if (state.failedWith !== undefined) throw new Misuse(`metadata: ${state.failedWith}`);
  return state;
}

/** Our origin, from which entity id and ACS follow unless the connection says them itself. */
function originOf({ entityId, acs }: SamlConnection, url: string | undefined): string {
  if (url !== undefined && URL.canParse(url) && new URL(url).origin === url) return url;
  if (url !== undefined) throw new Misuse(`--url ${url}: write an origin such as https://broker.example.com`);
  if (entityId === undefined || acs === undefined)
    throw new Misuse("give the connection `entityId` and `acs`, or say --url https://your-broker");
  return new URL(acs).origin;
}

/** XML as it is, base64 as posted, or a whole form body as a browser's tools copy it. */
function readResponse(path: string): string {
  const bytes = read("--response", path);
  const text = bytes
    .toString("latin1")
    .replace(/^\u00ef\u00bb\u00bf/, "")
    .trim();
  if (text.startsWith("<")) return bytes.toString("base64");
  const form = /(?:^|&)SAMLResponse=([^&\s]*)/.exec(text)?.[1];
  return form === undefined ? text : (new URLSearchParams(`r=${form}`).get("r") ?? "");
}

function solicitedBy({ unsolicited, inResponseTo }: InspectOptions, response: string): Solicited {
  if (unsolicited && inResponseTo !== undefined)
    throw new Misuse("--unsolicited and --in-response-to say opposite things");
  const id = inResponseTo ?? (unsolicited ? undefined : peekResponse(response).inResponseTo);
  return id === undefined ? { kind: "unsolicited" } : { kind: "request", id };
}

function unwrapBy(path: string): (wrapped: Uint8Array, hash: "sha1" | "sha256") => Promise<Uint8Array> {
  const pem = read("--decryption-key", path);
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Misuse(`--decryption-key ${path}: not an unencrypted private key in PEM`);
  }
  return async (wrapped, oaepHash) =>
    privateDecrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, wrapped);
}

const tileWarning = ({ idpInitiated }: SamlConnection, { kind }: Solicited): string[] =>
  kind === "unsolicited" && idpInitiated === "bounce"
    ? ["nobody asked for this response: the broker would start a sign-in of its own (idpInitiated: bounce)"]
    : [];

/** Keys are believed because the connection names them; that a certificate's dates are over is worth a word. */
function keyWarnings(certificates: readonly string[], now: Epoch): string[] {
  return certificates.flatMap((certificate) => {
    try {
      const armoured = certificate.includes("-----BEGIN");
      const { subject, validToDate } = new X509Certificate(
        armoured ? certificate : Buffer.from(certificate, "base64"),
      );
      const ended = validToDate.getTime() / 1000 < now;
      return ended
        ? [`the certificate of ${subject} ended on ${validToDate.toISOString()}; its key still counts`]
        : [];
    } catch {
      return ["a certificate of the connection cannot be read"];
    }
  });
}
