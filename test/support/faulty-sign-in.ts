import assert from "node:assert/strict";
import type { Reply } from "../../functions/respond.ts";
import { ENTRA_TENANT } from "../../infra/local/idp/accounts.ts";
import { readSeed, type SeedObject } from "../../infra/local/seed.ts";
import { signInAs } from "../http/stack.ts";
import { type Asked, eventOf } from "./event.ts";
import { cookiesOf, type FaultyBroker, openFaultyBroker } from "./faulty-broker.ts";
import { type FaultyProviders, interposeProviders } from "./faulty-provider.ts";
import { checkLines, checkSilence } from "./overheard.ts";
import { newPerson, type Person } from "./person.ts";
import { tapConsole, tapWire } from "./wire.ts";

export type Provider = "entra" | "google";

const WHO = { entra: "analyst", google: "support" } as const;

type Container = Awaited<ReturnType<FaultyBroker["fresh"]>>;

/** A stack whose providers break on command, with somebody at each who is signed in there. */
export interface FaultySignIns {
  readonly broker: FaultyBroker;
  readonly providers: FaultyProviders;
  readonly printed: ReturnType<typeof tapConsole>;
  /** Holds the run's whole log against its whole traffic. */
  checkLog(): void;
  publish(change: (objects: readonly SeedObject[]) => readonly SeedObject[]): Promise<void>;
  /** The broker's redirect to a provider, followed to the answer that comes back. */
  answer(provider: Provider, begun: Reply): Promise<Asked>;
  stop(): Promise<void>;
}

const HTML = { accept: "text/html", "sec-fetch-site": "same-origin" };

export const startAt = (provider: string): Asked => ({
  route: "GET /signin/{connection}",
  path: `/signin/${provider}`,
  parameters: { connection: provider },
  headers: HTML,
});

export async function openFaultySignIns(): Promise<FaultySignIns> {
  const [printed, wire] = [tapConsole(), tapWire()];
  const broker = await openFaultyBroker();
  const providers = interposeProviders();
  const carried = new Set<string>();
  const people: Partial<Record<Provider, Person>> = {};
  const { stack } = broker;

  const answer = async (provider: Provider, begun: Reply): Promise<Asked> => {
    const person = people[provider] ?? newPerson();
    people[provider] = person;
    const stopAt = new RegExp(`/oidc/${provider}/callback`);
    const there = await person.open(String(begun.headers?.location), { stopAt });
    const back = there.status === 303 || there.status === 302 ? there : undefined;
    const came = back ?? (await signInAs(person, there, WHO[provider], stopAt));
    const query = new URL(came.headers.get("location") ?? "").search.slice(1);
    for (const value of new URLSearchParams(query).values()) carried.add(value);
    for (const line of cookiesOf(begun)) carried.add(line.slice(line.indexOf("=") + 1));
    return {
      route: "GET /oidc/{connection}/callback",
      path: `/oidc/${provider}/callback`,
      parameters: { connection: provider },
      query,
      headers: { accept: "text/html", "sec-fetch-site": "cross-site" },
      cookies: cookiesOf(begun),
    };
  };
  return {
    broker,
    providers,
    printed,
    answer,
    checkLog: () => {
      checkLines(printed.lines);
      const known = [`${stack.urls.entra}/${ENTRA_TENANT}/v2.0`];
      checkSilence({ lines: printed.lines, wire: wire.text(), carried, known });
    },
    publish: async (change) => {
      const admin = (await broker.fresh("admin")) as unknown as (payload: object) => Promise<object>;
      const objects = change(readSeed(Number(new URL(stack.url).port)));
      const outcome = await admin({ sekisho: "apply", objects, author: "test" });
      assert.match(JSON.stringify(outcome), /"outcome":"(?:published|unchanged)"/);
    },
    stop: async () => {
      providers.stop();
      wire.stop();
      printed.stop();
      await broker.stop();
    },
  };
}

/** A sign-in of a container of its own, all the way; the session's cookies where it was let in. */
export async function signInBy(
  here: FaultySignIns,
  container: Container,
  provider: Provider,
): Promise<{ reply: Reply; cookies: string[] }> {
  const begun = await container(eventOf(startAt(provider)));
  assert.equal(begun.statusCode, 302, begun.body);
  const reply = await container(eventOf(await here.answer(provider, begun)));
  return { reply, cookies: cookiesOf(reply) };
}

/** What a refusal's page holds. */
export const readRefusal = ({ body = "" }: Reply) => ({
  code: /id="code">(\w+)</.exec(body)?.[1],
  reference: /id="reference">[^<]*<code>([0-9A-HJKMNP-TV-Z]{26})</.exec(body)?.[1],
  next: /class="btn primary big" href="(\/[^"]*)"/.exec(body)?.[1],
});
