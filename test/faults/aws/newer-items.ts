import type { AuditEvent } from "../../../lib/core/audit.ts";
import type { Grant } from "../../../lib/core/session.ts";
import { toChunks } from "../../../lib/store/chunks.ts";
import { scheduledId } from "../../../lib/store/scheduled.ts";
import { person } from "../../rules/things.ts";

export const NOW = 1_795_340_460;
export const LATER = NOW + 10_000;

export const session = {
  schema: 1 as const,
  id: "s",
  personId: "P",
  identity: person(),
  openedAt: NOW,
  expiresAt: NOW + 600,
};
export const signIn = {
  schema: 1 as const,
  id: "i",
  connection: "okta",
  browser: "b",
  memo: "m",
  to: "/",
  origin: "own" as const,
  startedAt: NOW,
  expiresAt: NOW + 600,
};
export const grant = (kind: Grant["kind"]): Grant => ({
  schema: 1,
  id: "g",
  kind,
  purpose: "api",
  personId: "P",
  identity: person(),
  issuedAt: NOW,
  expiresAt: NOW + 60,
});
export const proposal = {
  schema: 2 as const,
  id: "p",
  verdict: "open" as const,
  by: { actor: "person" as const, personId: "P", connection: "okta" },
  marks: ["P"],
  at: NOW,
  expiresAt: LATER,
  base: 1,
  hash: "h",
  source: [],
  changes: { added: 1, changed: 0, removed: 0 },
};
export const scheduled = {
  schema: 1 as const,
  id: scheduledId(NOW, "01M8FPHN67AT57BFYH4XJRR76V"),
  revision: 1,
  verdict: "open" as const,
  by: { actor: "person" as const, personId: "P", connection: "okta" },
  askers: [{ actor: "person" as const, name: "Sre", personId: "P", identity: person() }],
  at: NOW - 600,
  dueAt: NOW,
  base: 1,
  hash: "h",
  source: [],
  changes: { added: 1, changed: 0, removed: 0 },
  heldUntil: 0,
};
export const part = { hash: "h", bytes: new Uint8Array([1]), objects: 1, characters: 1, values: 1 };
export const state = { connection: "okta", keys: [], refreshedAt: NOW };
export const key = {
  purpose: "issuer-aws" as const,
  keyId: "k",
  certificate: "BEGIN CERTIFICATE",
  state: "next" as const,
  createdAt: NOW,
};
export const name = { personId: "P", connection: "okta", subject: "s", name: "Sre", seenAt: NOW };
export const seen = { personId: "P", identity: person(), seenAt: NOW, expiresAt: LATER };
export const event: AuditEvent = { schema: 1, id: "01E", at: NOW, kind: "signout", actor: "person" };
export const chunks = toChunks("text");
