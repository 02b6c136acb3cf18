import { gunzipSync } from "node:zlib";
import * as v from "valibot";
import { within } from "../lib/core/deadline.ts";
import { asRefusal, REFUSALS, Refusal } from "../lib/core/errors.ts";
import { ADMIN_SECONDS } from "../lib/core/limits.ts";
import { newReference } from "../lib/core/secret.ts";
import { KEY_PURPOSES } from "../lib/core/signer.ts";
import { admitAdmin, explain, recordLook, refreshNow, reportConnections } from "../lib/flows/admin.ts";
import { decideFor } from "../lib/flows/decide.ts";
import { openBase, openWayOut } from "../lib/flows/open.ts";
import { type Author, currentObjects, type Plan } from "../lib/flows/plan.ts";
import { approveKeys, endKeys } from "../lib/flows/provider-keys.ts";
import { type Outcome, planRules, publishRules, recoverAdmin } from "../lib/flows/publish-rules.ts";
import { dropKeys, listKeys, storeKeys } from "../lib/flows/store-keys.ts";
import { Hypothetical } from "../lib/rules/hypothetical.ts";
import { StoredKey } from "../lib/store/keys.ts";
import { openRules, readHead } from "../lib/store/rules.ts";
import { listVersions } from "../lib/store/versions.ts";
import { log } from "./log.ts";
import { type At, type Event, http, input, jsonBody, once, query, routes } from "./middleware.ts";
import { json, type Reply } from "./respond.ts";

const broker = once(() => {
  const base = openBase(process.env);
  return { ...base, ...openWayOut(base), rules: openRules(base.table, base.clock, 0) };
});

type Admin = Awaited<ReturnType<typeof admitAdmin>>;

/** Every route of `/api/admin/`: a bearer token of somebody who is an administrator now, or nothing at all. */
const admin = (handle: (event: Event, at: At, admin: Admin) => Promise<Reply>) =>
  http(
    async (event, at) => handle(event, at, await admitAdmin(broker(), event.headers.authorization, at)),
    undefined,
    ADMIN_SECONDS,
  );

/** A large configuration comes compressed: base 64 of gzip of the JSON list. */
const LARGEST_CONFIGURATION = 64_000_000;
const Objects = {
  objects: v.optional(v.array(v.unknown())),
  objectsGzip: v.optional(v.pipe(v.string(), v.base64())),
};

function objectsOf(sent: {
  readonly objects?: unknown[] | undefined;
  readonly objectsGzip?: string | undefined;
}): readonly unknown[] {
  if (sent.objects !== undefined) return sent.objects;
  try {
    const packed = Buffer.from(sent.objectsGzip ?? "", "base64");
    return v.parse(
      v.array(v.unknown()),
      JSON.parse(gunzipSync(packed, { maxOutputLength: LARGEST_CONFIGURATION }).toString("utf8")),
    );
  } catch (cause) {
    const hint = "Send `objects`, a list, or `objectsGzip`, base 64 of its compressed JSON.";
    throw new Refusal("request_invalid", { objects: "unreadable" }, { cause, about: { hint } });
  }
}

/** `GET /api/admin/configuration`: what is published, as it was written. */
const configuration = admin(async (_, at, who) => {
  const head = await readHead(broker().table);
  const objects = await currentObjects(broker().table, head);
  await recordLook(broker(), who, at.reference, "configuration");
  return json({ version: head.version, objects });
});

/** `POST /api/admin/plan`: what a configuration would change, and what speaks against it. */
const plan = admin(async (event, at, who) => {
  const objects = objectsOf(input(v.object(Objects), jsonBody(event)));
  // What a plan would remove is what is published.
  await recordLook(broker(), who, at.reference, "plan");
  return json(await planRules(broker(), objects, who));
});

const Apply = v.object({
  ...Objects,
  ifVersion: v.optional(v.number()),
  message: v.optional(v.pipe(v.string(), v.maxLength(500))),
});

/** `POST /api/admin/apply`: publishes a whole configuration. */
const apply = admin(async (event, { reference }, author) => {
  const asked = input(Apply, jsonBody(event));
  const objects = objectsOf(asked);
  const outcome = await publishRules(broker(), { ...wishOf(asked), objects, author, reference });
  return json(await finished(outcome, reference), statusOf(outcome));
});

/** On which version, and why. */
const wishOf = ({
  ifVersion,
  message,
}: {
  readonly ifVersion?: number | undefined;
  readonly message?: string | undefined;
}) => ({
  ...(ifVersion === undefined ? {} : { ifVersion }),
  ...(message === undefined ? {} : { message }),
});

const statusOf = (outcome: Outcome): number =>
  outcome.outcome === "refused" ? REFUSALS[outcome.code][0] : 200;

/** What the caller is told. New and changed connections are refreshed at once, so that people need not wait for the schedule. */
async function finished(outcome: Outcome, reference: string): Promise<object> {
  if (outcome.outcome === "refused") return { ...outcome, message: REFUSALS[outcome.code][1], reference };
  if (outcome.outcome === "published") await refreshChanged(outcome, reference);
  return { ...outcome, reference };
}

async function refreshChanged({ changes }: Plan, reference: string): Promise<void> {
  const ids = changes
    .filter(({ kind, what }) => kind === "Connection" && what !== "removed")
    .map(({ id }) => id);
  const rounds = await Promise.allSettled(ids.map((id) => refreshNow(broker(), id, reference)));
  for (const round of rounds)
    if (round.status === "rejected")
      log.event("refresh failed", { code: asRefusal(round.reason).code }, "warn");
}

/** `POST /api/admin/explain`: what the rules decide of somebody, or of the caller, and why. */
const explained = admin(async (event, at, who) => {
  const asked = jsonBody(event);
  const isOwn = typeof asked === "object" && asked !== null && Object.keys(asked).length === 0;
  await recordLook(broker(), who, at.reference, "explain");
  if (isOwn) return json((await decideFor(broker(), who.identity, at.sourceIp)).decision);
  return json(await explain(broker(), input(Hypothetical, asked)));
});

const Most = v.object({
  most: v.optional(v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(1), v.maxValue(100)), "20"),
});

/** `GET /api/admin/versions?most=20`: the latest versions, newest first. */
const versions = admin(async (event, at, who) => {
  const { most } = input(Most, query(event));
  await recordLook(broker(), who, at.reference, "versions");
  return json({ versions: await listVersions(broker().table, most) });
});

/** `GET /api/admin/connections`: what was learnt of every provider, and which keys wait. */
const connections = admin(async (_, at, who) => {
  await recordLook(broker(), who, at.reference, "connections");
  return json({ connections: await reportConnections(broker()) });
});

const connectionOf = (event: Event): string => event.pathParameters?.connection ?? "";

/** `POST /api/admin/connections/{connection}/refresh`: reads its metadata or keys again, now. */
const refresh = admin(async (event, at, who) => {
  await recordLook(broker(), who, at.reference, "refresh");
  return json(await refreshNow(broker(), connectionOf(event), at.reference));
});

const Fingerprint = v.pipe(v.string(), v.regex(/^(?:[0-9a-fA-F]{2}:?){32}$/));
const Fingerprints = v.object({
  fingerprints: v.pipe(v.array(Fingerprint), v.minLength(1), v.maxLength(20)),
});

/** `POST /api/admin/connections/{connection}/approve`: believes keys that waited. */
const approve = admin(async (event, { reference }, author) => {
  const { fingerprints } = input(Fingerprints, jsonBody(event));
  const keys = await approveKeys(broker(), connectionOf(event), fingerprints, { author, reference });
  return json({ keys });
});

/** `POST /api/admin/connections/{connection}/end`: believes keys no more, whatever their provider publishes. */
const end = admin(async (event, { reference }, author) => {
  const { fingerprints } = input(Fingerprints, jsonBody(event));
  return json({ keys: await endKeys(broker(), connectionOf(event), fingerprints, { author, reference }) });
});

const answer = routes({
  "GET /api/admin/configuration": configuration,
  "POST /api/admin/plan": plan,
  "POST /api/admin/apply": apply,
  "POST /api/admin/explain": explained,
  "GET /api/admin/versions": versions,
  "GET /api/admin/connections": connections,
  "POST /api/admin/connections/{connection}/refresh": refresh,
  "POST /api/admin/connections/{connection}/approve": approve,
  "POST /api/admin/connections/{connection}/end": end,
});

const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

const KeyName = v.object({ purpose: v.picklist(KEY_PURPOSES), keyId: v.pipe(v.string(), v.minLength(1)) });

/** What an operator may ask for by invoking the function itself; IAM alone guards this door (decision 6). */
const Direct = v.variant("sekisho", [
  v.object({ sekisho: v.literal("plan"), ...Objects, author: Name }),
  v.object({
    sekisho: v.literal("apply"),
    ...Objects,
    author: Name,
    ifVersion: v.optional(v.number()),
    message: v.optional(v.pipe(v.string(), v.maxLength(500))),
  }),
  v.object({
    sekisho: v.literal("put-keys"),
    keys: v.pipe(v.array(StoredKey), v.minLength(1), v.maxLength(20)),
  }),
  v.object({ sekisho: v.literal("list-keys") }),
  v.object({
    sekisho: v.literal("drop-keys"),
    keys: v.pipe(v.array(KeyName), v.minLength(1), v.maxLength(20)),
  }),
  v.object({ sekisho: v.literal("recover"), connection: Name, subject: Name }),
]);
type Direct = v.InferOutput<typeof Direct>;

/**
 * @throws {Error} of every refusal, named by its code: Lambda then says that the function failed, and nobody can take
 *   it for done. What is wrong with a configuration is an answer.
 */
async function direct(payload: unknown): Promise<object> {
  const reference = newReference();
  try {
    const asked = input(Direct, payload);
    log.event("invoked directly", { reference, asked: asked.sekisho }, "warn");
    return await obey(asked, reference);
  } catch (thrown) {
    const { code, message, about } = asRefusal(thrown);
    log.event("direct invocation refused", { reference, code }, "error");
    const refused = new Error(`${message} ${about.hint ?? ""} (${code}, ${reference})`);
    refused.name = code;
    throw refused;
  }
}

async function obey(asked: Direct, reference: string): Promise<object> {
  if (asked.sekisho === "list-keys") return { keys: await listKeys(broker()), reference };
  if (asked.sekisho === "put-keys") {
    await storeKeys(broker(), asked.keys, reference);
    return { stored: asked.keys.length, reference };
  }
  if (asked.sekisho === "drop-keys") {
    await dropKeys(broker(), asked.keys, reference);
    return { dropped: asked.keys.length, reference };
  }
  if (asked.sekisho === "recover") return { ...(await recoverAdmin(broker(), asked, reference)), reference };
  const author: Author = { actor: "operator", name: asked.author };
  const objects = objectsOf(asked);
  if (asked.sekisho === "plan") return planRules(broker(), objects, author);
  return finished(await publishRules(broker(), { ...wishOf(asked), objects, author, reference }), reference);
}

/** API Gateway's events always say from where they come; an event that does not was sent by somebody whom IAM let in. */
export const handler = (event: unknown): Promise<object> =>
  isHttp(event) ? answer(event) : within(ADMIN_SECONDS, () => direct(event));

const isHttp = (event: unknown): event is Event =>
  typeof event === "object" && event !== null && Object.hasOwn(event, "requestContext");
