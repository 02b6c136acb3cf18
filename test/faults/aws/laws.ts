import assert from "node:assert/strict";
import type { AuditEvent } from "../../../lib/core/audit.ts";
import { REFUSALS, type RefusalCode } from "../../../lib/core/errors.ts";
import type { Identity } from "../../../lib/core/identity.ts";
import { fingerprint } from "../../../lib/core/secret.ts";
import { systemClock } from "../../../lib/core/time.ts";
import { askedKeys } from "../../../lib/rules/index.ts";
import { openRules } from "../../../lib/store/rules.ts";
import type { Table } from "../../../lib/store/table.ts";
import { itemsUnder } from "../../support/table.ts";
import { type Book, type Said, sessionOf, type Told } from "./story.ts";
import { checkRefused, WALKS } from "./walks.ts";

type Trail = readonly AuditEvent[];

/** Holds everything that was handed out since the book was opened against what the table and AWS know of it. */
export async function checkLaws(told: Told, subjects: Readonly<Record<string, string>>): Promise<void> {
  const { broker, book } = told;
  const items = await itemsUnder(broker.stack.urls, "");
  const under = (prefix: string): unknown => items.filter(({ pk }) => String(pk).startsWith(prefix));
  const trail = under("AUDIT#") as Trail;
  for (const said of book.said) checkSaid(said);
  checkSpentOnce(book);
  checkSessions(book, trail, under("SESSION#") as readonly StoredSession[], subjects);
  checkTokens(book, trail, under("GRANT#") as readonly StoredGrant[]);
  checkKeys(told, trail);
  checkGiven(told, trail);
  for (const seen of book.versions)
    assert.ok(
      trail.some(({ kind, version }) => kind === "config.published" && version === seen),
      "a version without its event",
    );
}

const ENDS: Partial<Record<Said["path"], (location: string) => boolean>> = {
  // Whoever is signed in no more is sent to sign in and comes back.
  register: (location) => location.startsWith("/signin?"),
  console: (location) => location.startsWith("/signin?"),
};

/** Every answer is what was asked for, or a refusal of ours with a reference and a way to go on. */
function checkSaid({ path, reply }: Said): void {
  if (WALKS[path].done(reply)) return;
  if (reply.statusCode === 302 && ENDS[path]?.(String(reply.headers?.location))) return;
  if (path === "register" && reply.statusCode === 200 && /01[0-9A-Z]{24}/.test(reply.body ?? "")) return;
  const body = reply.body ?? "";
  const code = /id="code">(\w+)</.exec(body)?.[1] ?? (JSON.parse(body || "{}") as { code?: string }).code;
  assert.ok(code !== undefined && code in REFUSALS, `${path}: ${reply.statusCode} ${body.slice(0, 300)}`);
  assert.notEqual(code, "broker_fault", `${path}: a fault of AWS's is told as one of ours`);
  checkRefused(reply, { end: code as RefusalCode, path });
  assert.equal(sessionOf(reply), undefined);
}

function checkSpentOnce(book: Book): void {
  for (const { secrets } of book.answers)
    assert.ok(secrets.length <= 1, `one answer opened ${secrets.length} sessions`);
  for (const { what, times } of book.spent) assert.ok(times <= 1, `a ${what} was spent ${times} times`);
}

export interface StoredSession {
  readonly id: string;
  readonly personId: string;
  readonly openedAt: number;
  readonly identity: Identity;
}

/** No session is held that no sign-in was finished for, by whom the provider named. */
function checkSessions(
  book: Book,
  trail: Trail,
  sessions: readonly StoredSession[],
  subjects: Readonly<Record<string, string>>,
): void {
  const finished = tally(trail.filter(({ kind }) => kind === "signin.finished").map(personAt));
  for (const { who, secrets } of book.answers)
    for (const secret of secrets) {
      const session = sessions.find(({ id }) => id === fingerprint(secret));
      if (session === undefined) continue; // ended since, by its holder or by their next sign-in
      assert.equal(session.identity.connection, "okta");
      if (who in subjects) assert.equal(session.identity.subject, subjects[who], "somebody else's session");
      take(finished, personAt({ ...session, at: session.openedAt }), "a session without its sign-in");
    }
}

interface StoredGrant {
  readonly id: string;
  readonly personId: string;
  readonly issuedAt: number;
}

function checkTokens(book: Book, trail: Trail, grants: readonly StoredGrant[]): void {
  const issued = tally(trail.filter(({ kind }) => kind === "token.issued").map(personAt));
  for (const token of book.tokens) {
    const grant = grants.find(({ id }) => id === fingerprint(token));
    assert.ok(grant, "a token that the table does not know");
    take(issued, personAt({ ...grant, at: grant.issuedAt }), "a token without an event");
  }
}

const keysOf = (trail: Trail, kind: string) =>
  new Set(trail.flatMap((one) => (one.kind === kind ? (one.accessKeyId ?? []) : [])));

/** What was handed out stands in the trail. */
function checkKeys({ broker, book }: Told, trail: Trail): void {
  const issued = keysOf(trail, "credentials.issued");
  const opened = keysOf(trail, "console.opened");
  for (const { path, reply } of book.said) {
    const key = /\bASIA[A-Z0-9]{12,}\b/.exec(reply.body ?? "")?.[0];
    if (path === "program credentials" && key !== undefined)
      assert.ok(issued.has(key), "credentials without an event");
    const token = /SigninToken=([^&]+)/.exec(String(reply.headers?.location))?.[1];
    if (token !== undefined) assert.ok(opened.has(keyBehind(broker, token)), "a console without an event");
  }
}

/** Whose credentials a sign-in token was made of. */
function keyBehind({ wires }: Told["broker"], token: string): string {
  const exchange = wires.aws.answers.find(({ text }) => text.includes(decodeURIComponent(token)));
  return /ASIA[A-Z0-9]{12,}/.exec(exchange?.body ?? "")?.[0] ?? assert.fail("a token that AWS did not make");
}

/** Whatever STS gave is in the trail, handed out or not, where the trail could be written. */
function checkGiven({ broker: { wires } }: Told, trail: Trail): void {
  const unwritten = ({ operation, fault }: (typeof wires.dynamodb.asked)[number]) =>
    operation === "PutItem" && fault !== undefined;
  if (wires.dynamodb.asked.some(unwritten)) return;
  const known = new Set(trail.flatMap(({ accessKeyId }) => accessKeyId ?? []));
  for (const { operation, text, fault } of wires.aws.answers) {
    const key = /<AccessKeyId>(\w+)</.exec(text)?.[1];
    if (operation === "AssumeRoleWithSAML" && fault === undefined && key !== undefined)
      assert.ok(known.has(key), "a key that STS gave is nowhere in the trail");
  }
}

/** What a container that starts now reads is one edition, whole. @returns Its version. */
export async function readEdition(table: Table, sre: Identity): Promise<number> {
  const reader = openRules(table, systemClock, 0);
  const head = await reader.head();
  const asked = askedKeys(sre, head.lengths);
  const [{ settings }, rules] = await Promise.all([reader.world(head), reader.rules(asked, head)]);
  const marks = rules.flatMap(({ id }) => /^edition-(\d+)$/.exec(id)?.[1] ?? []);
  const said = /^Edition (\d+)$/.exec(settings.organization)?.[1];
  assert.deepEqual(marks, said === undefined ? [] : [said], "rules and settings are of one edition");
  return head.version;
}

const tally = (names: readonly string[]): Map<string, number> => {
  const counted = new Map<string, number>();
  for (const name of names) counted.set(name, (counted.get(name) ?? 0) + 1);
  return counted;
};
const personAt = ({ personId, at }: { readonly personId?: string; readonly at: number }): string =>
  `${personId} ${at}`;

function take(from: Map<string, number>, name: string, otherwise: string): void {
  const left = from.get(name) ?? 0;
  assert.ok(left > 0, otherwise);
  from.set(name, left - 1);
}
