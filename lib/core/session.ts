import * as v from "valibot";
import { Identity } from "./identity.ts";

/** A finished sign-in. It stores claims, never roles: roles are decided again at each use. */
export const Session = v.object({
  schema: v.literal(1),
  /** Fingerprint of the cookie's secret. */
  id: v.string(),
  personId: v.string(),
  identity: Identity,
  openedAt: v.number(),
  expiresAt: v.number(),
});
export type Session = Readonly<v.InferOutput<typeof Session>>;

/** What a person's token may be used for: the admin API and CLI, or the container-credentials wire. */
export const TokenPurpose = v.picklist(["api", "credentials"]);
export type TokenPurpose = v.InferOutput<typeof TokenPurpose>;

/** A one-time ticket, code or a token of ours, all held under the fingerprint of a secret. */
export const Grant = v.object({
  schema: v.literal(1),
  id: v.string(),
  kind: v.picklist(["ticket", "code", "token"]),
  purpose: TokenPurpose,
  personId: v.string(),
  identity: Identity,
  /** Loopback redirect (RFC 8252) and PKCE S256 challenge of the CLI that asked; absent on tokens. */
  redirectUri: v.optional(v.string()),
  challenge: v.optional(v.string()),
  state: v.optional(v.string()),
  issuedAt: v.number(),
  expiresAt: v.number(),
});
export type Grant = Readonly<v.InferOutput<typeof Grant>>;
