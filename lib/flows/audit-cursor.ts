import { createHmac } from "node:crypto";
import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import { sameSecret } from "../core/secret.ts";
import { type Admin, recordLook } from "./admin.ts";
import type { Broker } from "./broker.ts";

/** One look at the trail lasts an hour, however many pages it takes; then it is another, with an event of its own. */
const LOOK_SECONDS = 3600;

const Look = v.strictObject({ by: v.string(), until: v.number() });
const Cursor = v.strictObject({
  /** What was asked for: a cursor goes on with that and nothing else. */
  asked: v.string(),
  look: Look,
  position: v.unknown(),
});
type Cursor = v.InferOutput<typeof Cursor>;

type Looking = Pick<Broker, "table" | "clock" | "rules" | "pepper">;

/** A request for a page of the trail. */
export interface Page {
  readonly who: Admin;
  readonly reference: string;
  /** What is asked for, the cursor apart; anything that JSON can say. */
  readonly asked: unknown;
  readonly cursor: string | undefined;
  /** What the event of the look says. */
  readonly what: string;
  readonly more: Readonly<Record<string, string | number | boolean>>;
}

/** A page that may be read, and how the next one is asked for. */
export interface Admitted {
  /** Where it goes on; undefined at the beginning. */
  readonly position: unknown;
  readonly cursorTo: (position: unknown) => string;
}

/**
 * Lets an administrator read a page. The first page of a look is written down before it is read; a cursor is signed, so
 * that the pages after it need not be, and nobody can make one to look without a trace.
 *
 * @throws {Refusal} `request_invalid` for a cursor that is not ours, or of another question or person.
 */
export async function admitPage(broker: Looking, page: Page): Promise<Admitted> {
  const now = broker.clock.now();
  const key = createHmac("sha256", await broker.pepper())
    .update("audit cursor")
    .digest();
  const asked = createHmac("sha256", key).update(JSON.stringify(page.asked)).digest("base64url").slice(0, 22);
  const by = page.who.personId;
  const cursor = page.cursor === undefined ? undefined : readCursor(key, page.cursor);
  if (cursor !== undefined && (cursor.asked !== asked || cursor.look.by !== by)) throw foreign();
  let look = cursor?.look;
  if (look === undefined || look.until < now) {
    await recordLook(broker, page.who, page.reference, page.what, page.more);
    look = { by, until: now + LOOK_SECONDS };
  }
  const held = look;
  return {
    position: cursor?.position,
    cursorTo: (position) => writeCursor(key, { asked, look: held, position }),
  };
}

const macOf = (key: Buffer, text: string): string =>
  createHmac("sha256", key).update(text).digest("base64url");

function writeCursor(key: Buffer, cursor: Cursor): string {
  const text = Buffer.from(JSON.stringify(cursor)).toString("base64url");
  return `${text}.${macOf(key, text)}`;
}

function readCursor(key: Buffer, written: string): Cursor {
  const [text = "", mac = ""] = written.split(".");
  if (!sameSecret(mac, macOf(key, text))) throw foreign();
  return v.parse(Cursor, JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
}

function foreign(): Refusal {
  const hint = "The cursor is not one of this question: begin again without it.";
  return new Refusal("request_invalid", { cursor: "foreign" }, { about: { hint } });
}
