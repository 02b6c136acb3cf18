import { randomBytes } from "node:crypto";
import type { Account } from "./accounts.ts";
import type { Visit } from "./site.ts";

/** A browser signed in at a demo provider. */
export interface Session {
  readonly account: Account;
  /** Whether the person said a second factor was used. */
  readonly mfa: boolean;
  readonly at: number;
}

/** Browser sessions of one demo provider. */
export interface Sessions {
  find(visit: Visit): Session | undefined;
  /** @returns The cookie that carries it. */
  open(account: Account, mfa: boolean): string;
  /** @returns The cookie that ends it in the browser. */
  close(visit: Visit): string;
}

/**
 * Sessions under a cookie of the provider's own name: cookies do not tell ports apart, and all demo providers live on
 * 127.0.0.1.
 */
export function openSessions(cookieName: string): Sessions {
  const sessions = new Map<string, Session>();
  return {
    find: (visit) => sessions.get(visit.cookies.get(cookieName) ?? ""),
    open(account, mfa) {
      const id = randomBytes(24).toString("base64url");
      sessions.set(id, { account, mfa, at: Math.floor(Date.now() / 1000) });
      return `${cookieName}=${id}; Path=/; HttpOnly; SameSite=Lax`;
    },
    close(visit) {
      sessions.delete(visit.cookies.get(cookieName) ?? "");
      return `${cookieName}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`;
    },
  };
}
