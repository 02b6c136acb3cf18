import { formOf } from "../../support/person.ts";
import type { Answer, Client } from "./client.ts";

export interface Places {
  readonly broker: string;
  readonly okta: string;
  readonly ci: string;
}

/** Milliseconds of each request of one kind, and what went wrong. */
export interface Tally {
  readonly times: Record<string, number[]>;
  readonly errors: string[];
}

/** The broker's three answers of one sign-in together, and one call of a program. */
export const SIGN_IN = "sign-in, the broker's part";
export const CREDENTIALS = "credentials";

export const newTally = (): Tally => ({ times: {}, errors: [] });

const note = (tally: Tally, what: string, milliseconds: number): void => {
  tally.times[what] ??= [];
  tally.times[what].push(milliseconds);
};

const cookieOf = ({ headers }: Answer, name: string): string => {
  const line = headers["set-cookie"]?.find((one) => one.startsWith(`${name}=`));
  if (line === undefined) throw new Error(`no cookie ${name} in an answer ${headers.location ?? ""}`);
  return line.slice(0, line.indexOf(";"));
};

const placeOf = (answer: Answer, from: string): string => {
  const { location } = answer.headers;
  if (answer.status < 300 || answer.status > 399 || location === undefined)
    throw new Error(`${answer.status} where a redirect was due: ${answer.text.slice(0, 200)}`);
  return new URL(location, from).href;
};

/** A session at the demo provider, so that what is driven afterwards is the broker. */
export async function providerSession(client: Client, { okta }: Places): Promise<string> {
  const url = `${okta}/login?to=/`;
  const asked = await client.ask(url);
  const form = formOf(
    { url, status: asked.status, headers: new Headers(), text: asked.text, way: [] },
    /password/i,
  );
  const answer = await client.ask(new URL(form.action, url).href, {
    method: "POST",
    form: { ...form.fields, username: "sre", password: "sre", mfa: "yes" },
  });
  return cookieOf(answer, "okta_sid");
}

const atOnceThere = async (): Promise<void> => {};

/**
 * One whole sign-in of a fresh browser: start, the provider's answer, the ACS, the register of roles.
 *
 * @param atProvider How long the person stays with the provider.
 * @returns The session cookie.
 */
export async function signInOnce(
  client: Client,
  places: Places,
  provider: string,
  tally: Tally,
  atProvider: () => Promise<void> = atOnceThere,
): Promise<string> {
  const start = await client.ask(`${places.broker}/signin/okta?to=/`);
  const browser = cookieOf(start, "__Host-signin");
  const waiting = await client.ask(placeOf(start, places.broker), { headers: { cookie: provider } });
  const url = placeOf(waiting, places.okta);
  await atProvider();
  const posted = await client.ask(url, { headers: { cookie: provider } });
  const form = formOf({ url, status: posted.status, headers: new Headers(), text: posted.text, way: [] });
  const acs = await client.ask(form.action, {
    method: "POST",
    form: form.fields,
    headers: { cookie: browser, "sec-fetch-site": "cross-site" },
  });
  const home = placeOf(acs, places.broker);
  const session = cookieOf(acs, "__Host-session");
  const register = await client.ask(home, { headers: { cookie: session } });
  if (register.status !== 200 || !register.text.includes("111111111111"))
    throw new Error(`the register answered ${register.status}: ${register.text.slice(0, 200)}`);
  note(tally, SIGN_IN, start.milliseconds + acs.milliseconds + register.milliseconds);
  note(tally, "of that, start", start.milliseconds);
  note(tally, "of that, ACS", acs.milliseconds);
  note(tally, "of that, register of roles", register.milliseconds);
  return session;
}

/** What a program's own token is worth at the container-credentials wire. */
export async function fetchOnce(client: Client, places: Places, token: string, tally: Tally): Promise<void> {
  const answer = await client.ask(
    `${places.broker}/api/credentials/222222222222/Deploy?scope=s3-read&parameters.bucket=demo`,
    { headers: { authorization: token } },
  );
  if (answer.status !== 200 || !answer.text.includes("SecretAccessKey"))
    throw new Error(`credentials answered ${answer.status}: ${answer.text.slice(0, 200)}`);
  note(tally, CREDENTIALS, answer.milliseconds);
}

/** A workload's token, for as many calls as it lives. */
export async function workloadToken(client: Client, { broker, ci }: Places): Promise<string> {
  const asked = new URLSearchParams({ sub: "repo:demo/app:ref:refs/heads/main", aud: broker });
  const { text } = await client.ask(`${ci}/token?${asked}`);
  return text.startsWith("{") ? JSON.parse(text).token : text.trim();
}

/** Keeps this many at it until `more` says no; an error is written down and the next one begun. */
export async function atOnce(
  many: number,
  more: () => boolean,
  once: (index: number) => Promise<unknown>,
  tally: Tally,
): Promise<void> {
  const one = async (index: number): Promise<void> => {
    while (more()) {
      try {
        await once(index);
      } catch (thrown) {
        tally.errors.push(thrown instanceof Error ? thrown.message : String(thrown));
      }
    }
  };
  await Promise.all(Array.from({ length: many }, (_, index) => one(index)));
}
