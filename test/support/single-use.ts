import { fingerprint } from "../../lib/core/secret.ts";
import { person } from "../rules/things.ts";

export const NOW = 1_795_340_460;

/** Fingerprint of the browser that every sign-in here began in. */
export const browser = fingerprint("browser");

/** A sign-in in progress, begun now. */
export const signIn = (id: string) => ({
  schema: 1 as const,
  id,
  connection: "okta",
  browser,
  memo: "memo",
  to: "/",
  origin: "own" as const,
  startedAt: NOW,
  expiresAt: NOW + 600,
});

/** A ticket or code for the API, of a minute. */
export const grant = (id: string, kind: "ticket" | "code") => ({
  schema: 1 as const,
  id,
  kind,
  purpose: "api" as const,
  personId: "P",
  identity: person(),
  issuedAt: NOW,
  expiresAt: NOW + 60,
});
