import assert from "node:assert/strict";
import test from "node:test";
import { openOidcConnector } from "../../lib/connectors/oidc.ts";
import { openKept } from "../../lib/oidc/kept.ts";
import { wish } from "./sign-in.ts";
import { connectionTo, surroundings } from "./surroundings.ts";
import { NOW, startTinyProvider } from "./tiny-provider.ts";

/** A shelf under a clock that the test moves, and a provider that counts and may be down. */
function shelf() {
  const clock = { at: NOW, now: () => clock.at };
  const provider = { asked: 0, down: false };
  const kept = openKept<string>(
    { freshSeconds: 600, staleSeconds: 86_400, cooldownSeconds: 30, most: 4 },
    clock,
  );
  const get = () =>
    kept.get("document", async () => {
      provider.asked++;
      if (provider.down) throw new Error("down");
      return `document ${provider.asked}`;
    });
  return { clock, provider, kept, get };
}

test("a document that led nowhere is asked for again before it is old, once per cooldown", async () => {
  const { clock, kept, get } = shelf();
  assert.equal(kept.doubt("document"), undefined);
  await get();
  assert.equal(kept.doubt("document"), "document 1");
  assert.equal(await get(), "document 1", "it was asked for a moment ago");
  clock.at += 30;
  assert.equal(await get(), "document 2");
  clock.at += 30;
  assert.equal(await get(), "document 2", "nobody doubts it any more");
});

test("a document that led nowhere serves on while its provider is down", async () => {
  const { clock, kept, get, provider } = shelf();
  await get();
  kept.doubt("document");
  provider.down = true;
  clock.at += 30;
  assert.equal(await get(), "document 1");
  clock.at += 86_400;
  await assert.rejects(get());
});

test("a clock that is set back keeps nothing longer, and asks at once", async () => {
  const { clock, get, provider } = shelf();
  clock.at += 600;
  await get();
  clock.at -= 600;
  assert.equal(await get(), "document 2");
  assert.equal(await get(), "document 2");
  clock.at += 600;
  assert.equal(await get(), "document 3", "its age is told by the clock as it goes now");
  provider.down = true;
  clock.at -= 600;
  assert.equal(await get(), "document 3", "and it serves where nobody answers");
});

test("a token endpoint that moved costs a container half a minute, not an hour", async (t) => {
  const provider = await startTinyProvider(t);
  const clock = { at: NOW, now: () => clock.at };
  const connector = openOidcConnector(
    connectionTo(provider.issuer),
    surroundings([provider.host], { clock }),
  );
  const signIn = async () => {
    const challenge = await connector.begin("sign-in-1", wish);
    const query = challenge.kind === "redirect" ? provider.authorize(challenge.url) : "";
    return connector.finish({ kind: "oidc", query }, challenge.memo, {});
  };
  await signIn();
  const { issuer } = provider;
  provider.conduct.discovery = (document) => ({ ...document, token_endpoint: `${issuer}/moved/token` });
  provider.conduct.intercept = (path, response) =>
    path === "/token" && Boolean(response.writeHead(503).end("<h1>Moved</h1>"));
  await assert.rejects(signIn(), { code: "oidc_provider_failed" });
  clock.at += 30;
  await signIn();
});
