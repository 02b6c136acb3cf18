import assert from "node:assert/strict";
import { OKTA_ACCOUNTS } from "../../infra/local/idp/accounts.ts";
import { type Stack, signInAs } from "../http/stack.ts";
import { newPerson, type Page, type Person, readable } from "../support/person.ts";

/** The subject that the connection of the walk gives somebody. */
export const subjectOf = (name: string): string =>
  OKTA_ACCOUNTS.find(({ username }) => username === name)?.id ?? "";

/** Signs in at the demo Okta, from wherever the broker asks for it. */
export async function signIn(person: Person, address: string, name: string): Promise<Page> {
  let page = await person.open(address);
  if (new URL(page.url).pathname === "/signin") page = await person.follow(page, /\/signin\/okta/);
  return /password/i.test(page.text) ? signInAs(person, page, name) : page;
}

/** The browser that `sekisho login` opens: somebody signs in, says yes, and it goes back to the command line. */
export function browserOf(name: string): {
  hear(said: string): void;
  closed(): Promise<Page | undefined>;
} {
  let visit: Promise<Page> | undefined;
  const approve = async (address: string): Promise<Page> => {
    const person = newPerson();
    const question = await signIn(person, address, name);
    return person.follow(question, /^\/api\/login\/approve\?ticket=[\w-]+$/);
  };
  return {
    hear: (said) => {
      const address = /Sign in at (\S+)\n/.exec(said)?.[1];
      if (address !== undefined) visit ??= approve(address);
    },
    closed: async () => visit,
  };
}

/** Opens the console of a role, signing in on the way where that is asked for. */
export const openConsole = (stack: Stack, person: Person, account: string): Promise<Page> =>
  signIn(person, `${stack.url}/console?${new URLSearchParams({ account, role: "ReadOnly" })}`, "sre");

/** Whether a page is the console of that account in the look-alike, rather than a refusal of ours. */
export function assertConsole({ url }: Stack, page: Page, account: string): void {
  assert.ok(!page.url.startsWith(url), readable(page).slice(0, 600));
  assert.match(page.text, new RegExp(account));
}
