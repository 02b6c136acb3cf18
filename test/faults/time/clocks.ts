import assert from "node:assert/strict";
import { pageFault } from "../../../functions/page-fault.ts";
import { asRefusal, type Refusal } from "../../../lib/core/errors.ts";
import { newReference } from "../../../lib/core/secret.ts";
import { type Clock, systemClock } from "../../../lib/core/time.ts";
import type { finishSignIn } from "../../../lib/flows/finish-sign-in.ts";
import { openBase, openIssuer, openProviderKeys, openWayOut } from "../../../lib/flows/open.ts";
import { startSignIn } from "../../../lib/flows/start-sign-in.ts";
import { signInAs, throughForms } from "../../http/stack.ts";
import { eventOf } from "../../support/event.ts";
import { formOf, newPerson } from "../../support/person.ts";

/** The clock of one broker, beside the world's; a test moves it. */
export interface Skewed extends Clock {
  /** Seconds ahead of the world. */
  ahead: number;
}

export const skewed = (ahead = 0): Skewed => ({
  ahead,
  now() {
    return systemClock.now() + this.ahead;
  },
});

/** A container whose clock is another than the world's. */
export function brokerBy(clock: Clock) {
  const base = openBase(process.env, clock);
  return { ...base, ...openWayOut(base), ...openProviderKeys(base), ...openIssuer(base) };
}
export type SkewedBroker = ReturnType<typeof brokerBy>;

export const occasion = () => ({ reference: newReference(), sourceIp: "127.0.0.1" });

type Answer = Parameters<typeof finishSignIn>[1];

/** Begins a sign-in, lets somebody sign in at the provider, and brings back the answer. */
export async function answered(broker: SkewedBroker, connection: string, name: string): Promise<Answer> {
  const start = { connection, to: "/", origin: "own", browser: undefined, secondFactor: false } as const;
  const { challenge, browser } = await startSignIn(broker, start);
  assert.equal(challenge.kind, "redirect");
  const person = newPerson();
  const there = await person.open(challenge.kind === "redirect" ? challenge.url : "");
  const common = { connection, browser, current: undefined, ...occasion() };
  if (connection === "okta") {
    const login = /name="SAMLRequest"/.test(there.text) ? await throughForms(person, there) : there;
    const page = await person.send(login, { username: name, password: name }, { which: /password/i });
    const { SAMLResponse: response = "", RelayState: handle = "" } = formOf(page, /SAMLResponse/).fields;
    return { ...common, answer: { kind: "saml", response }, arrival: { kind: "asked", handle } };
  }
  const back = await signInAs(person, there, name, /\/callback\?/);
  const query = new URL(back.headers.get("location") ?? "").search.slice(1);
  const handle = new URLSearchParams(query).get("state") ?? "";
  return { ...common, answer: { kind: "oidc", query }, arrival: { kind: "asked", handle } };
}

/** What a call was refused with, or nothing where it was done. */
export const refusalOf = (call: Promise<unknown>): Promise<Refusal | undefined> =>
  call.then(
    () => undefined,
    (thrown: unknown) => asRefusal(thrown),
  );

/** The page that a person is shown of a refusal. */
export async function pageOf(broker: SkewedBroker, refusal: Refusal, connection: string): Promise<string> {
  const event = eventOf({ route: "GET /oidc/{connection}/callback", path: `/oidc/${connection}/callback` });
  const reply = await pageFault(() => broker)(refusal, event, occasion());
  return reply.body ?? "";
}
