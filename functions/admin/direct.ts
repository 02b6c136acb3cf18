import * as v from "valibot";
import { asRefusal } from "../../lib/core/errors.ts";
import { newReference } from "../../lib/core/secret.ts";
import { KEY_PURPOSES } from "../../lib/core/signer.ts";
import { keepPart, sentParts } from "../../lib/flows/drafts.ts";
import type { Author } from "../../lib/flows/plan.ts";
import { previewRules } from "../../lib/flows/preview.ts";
import { planRules, publishRules } from "../../lib/flows/publish-rules.ts";
import { recoverAdmin } from "../../lib/flows/recover-admin.ts";
import { dropKeys, listKeys, storeKeys } from "../../lib/flows/store-keys.ts";
import { rollBack } from "../../lib/flows/versions.ts";
import { StoredKey } from "../../lib/store/keys.ts";
import { log } from "../log.ts";
import { input } from "../middleware.ts";
import { publishWhatIsDue } from "./due.ts";
import { broker } from "./open.ts";
import { From, finished, Overwriting, Previewing, Wish, wishOf } from "./publishing.ts";
import { Objects, objectsOf, Part, Piece } from "./sent-objects.ts";

const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

const KeyName = v.object({ purpose: v.picklist(KEY_PURPOSES), keyId: v.pipe(v.string(), v.minLength(1)) });

/** Whom IAM let in is asked by IAM, and that can only be asked now. */
const NotLater = {
  at: v.optional(v.never("nothing is scheduled by an invocation; send it to the API, with a token of yours")),
};

/** What an operator may ask for by invoking the function itself; IAM alone guards this door (decision 6). */
const Direct = v.variant("sekisho", [
  v.object({ sekisho: v.literal("plan"), ...Objects, ...From, ...Previewing, author: Name }),
  v.object({
    sekisho: v.literal("apply"),
    ...Objects,
    ...From,
    ...Wish,
    ...Overwriting,
    ...NotLater,
    author: Name,
  }),
  v.object({
    sekisho: v.literal("rollback"),
    to: v.pipe(v.number(), v.integer()),
    ...Wish,
    ...NotLater,
    author: Name,
  }),
  v.object({ sekisho: v.literal("list-parts"), author: Name }),
  v.object({ sekisho: v.literal("put-part"), part: Part, ...Piece.entries, author: Name }),
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
  // Asked for by the schedule.
  v.object({ sekisho: v.literal("publish-due") }),
]);
type Direct = Exclude<v.InferOutput<typeof Direct>, { sekisho: "publish-due" }>;

/**
 * @throws {Error} of every refusal, named by its code: Lambda then says that the function failed, and nobody can take
 *   it for done. What is wrong with a configuration is an answer.
 */
export async function direct(payload: unknown): Promise<object> {
  const reference = newReference();
  try {
    const asked = input(Direct, payload);
    if (asked.sekisho === "publish-due") return await publishWhatIsDue();
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
  if (asked.sekisho === "list-parts") return { parts: await sentParts(broker(), author), reference };
  if (asked.sekisho === "put-part") {
    const bytes = Buffer.from(asked.gzip, "base64");
    return { part: asked.part, expiresAt: await keepPart(broker(), author, asked.part, bytes), reference };
  }
  if (asked.sekisho === "rollback") {
    const outcome = await rollBack(broker(), { ...wishOf(asked), to: asked.to, author, reference });
    return finished(outcome, reference);
  }
  const wished = { ...wishOf(asked), objects: await objectsOf(asked, author, "direct"), author };
  if (asked.sekisho === "plan") {
    const { preview } = asked;
    return preview === undefined ? planRules(broker(), wished) : previewRules(broker(), wished, preview);
  }
  return finished(await publishRules(broker(), { ...wished, reference }), reference);
}
