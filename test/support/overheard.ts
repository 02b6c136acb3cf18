import assert from "node:assert/strict";
import { ENTRA_ACCOUNTS, GOOGLE_ACCOUNTS, OKTA_ACCOUNTS } from "../../infra/local/idp/accounts.ts";

/** A run that was listened in on: its log, its traffic, and what travelled in headers and addresses. */
export interface Overheard {
  readonly lines: readonly string[];
  readonly wire: string;
  readonly carried: ReadonlySet<string>;
  /** What everybody may know: issuers as they are configured. */
  readonly known?: readonly string[];
}

/** Every piece of this many characters of a secret is one too. */
const PIECE = 20;
function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at + PIECE <= text.length; at++) yield text.slice(at, at + PIECE);
}

/** What frames of a stack say is of our own making. */
const withoutFrames = (line: string): string => line.replaceAll(/"at [^"]*:\d+:\d+\)?"/g, "");

const REFERENCE = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** Every line is JSON with a level, and one about a request or a refusal carries its reference. */
export function checkLines(lines: readonly string[]): void {
  for (const text of lines) {
    const line = JSON.parse(text) as Record<string, unknown>;
    assert.match(String(line.level), /^(?:info|warn|error)$/, text);
    if ("route" in line || "code" in line) assert.match(String(line.reference), REFERENCE, text);
  }
}

/** No line holds a piece of a message or a token, a cookie, a code, an address, a subject, a name or a group. */
export function checkSilence({ lines, wire, carried, known = [] }: Overheard): void {
  const whole = lines.map(withoutFrames).join("\n");
  const log = known.reduce((text, one) => text.replaceAll(one, ""), whole);
  const pieces = new Set(piecesOf(log));
  const secrets = new Set(wire.match(/[\w+/=.-]{40,}/g) ?? []);
  assert.ok(secrets.size > 50, `hardly anything was heard: ${secrets.size}`);
  const told = [...secrets].filter((secret) => [...piecesOf(secret)].some((piece) => pieces.has(piece)));
  assert.deepEqual(
    told.map((one) => one.slice(0, 80)),
    [],
  );
  assert.deepEqual(
    [...carried].filter((secret) => secret.length >= 16 && log.includes(secret)),
    [],
  );
  assert.deepEqual(log.match(/[^\s"]*@[^\s"]*/g), null);
  const words = new Set(log.match(/[\w@./-]+/g));
  const accounts = [...OKTA_ACCOUNTS, ...ENTRA_ACCOUNTS, ...GOOGLE_ACCOUNTS];
  const claims = accounts.flatMap(({ id, name, groups, costCenter = "" }) => [
    id,
    name,
    ...groups,
    costCenter,
  ]);
  // One cost centre is called as we call what is not there.
  assert.deepEqual(
    claims.filter((claim) => claim !== "none" && words.has(claim)),
    [],
  );
}
