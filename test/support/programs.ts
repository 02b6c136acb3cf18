import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import type { Person } from "./person.ts";

interface Urls {
  readonly broker: string;
  readonly ci: string;
}

/** A workload's own token for this broker, as its CI system would give it. */
export async function ciToken(urls: Urls, claims: Readonly<Record<string, string>> = {}): Promise<string> {
  const asked = new URLSearchParams({
    sub: "repo:demo/app:ref:refs/heads/main",
    aud: urls.broker,
    ...claims,
  });
  const answer = await fetch(`${urls.ci}/token?${asked}`);
  const text = await answer.text();
  return text.startsWith("{") ? JSON.parse(text).token : text.trim();
}

/**
 * A token of somebody who is signed in, got as the CLI gets it: asked for in the browser, redeemed with PKCE.
 *
 * @param purpose `credentials` for the container wire, `api` for the rest.
 */
export async function personToken(
  urls: Urls,
  person: Person,
  purpose: "credentials" | "api",
): Promise<string> {
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const state = randomBytes(16).toString("base64url");
  const asked = new URLSearchParams({ purpose, port: "40123", state, challenge });
  const question = await person.open(`${urls.broker}/api/login/authorize?${asked}`);
  const yes = await person.follow(question, /^\/api\/login\/approve\?ticket=[\w-]+$/, {
    stopAt: /^http:\/\/127\.0\.0\.1:40123\/callback/,
  });
  const back = new URL(yes.headers.get("location") ?? "");
  assert.equal(back.searchParams.get("state"), state);
  const code = back.searchParams.get("code");
  const answer = await fetch(`${urls.broker}/api/login/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code, verifier }),
  });
  const said: { token?: string } = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(said));
  return said.token ?? "";
}

/** What the container-credentials wire answers. */
export async function fetchCredentials(
  urls: Urls,
  place: string,
  token: string,
): Promise<{ readonly status: number; readonly said: Readonly<Record<string, string>> }> {
  const answer = await fetch(`${urls.broker}/api/credentials/${place}`, {
    headers: { authorization: token },
  });
  return { status: answer.status, said: await answer.json() };
}
