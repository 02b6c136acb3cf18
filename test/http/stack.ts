import assert from "node:assert/strict";
import { startStack } from "../../infra/local/stack.ts";
import { formOf, newPerson, type Page, type Person } from "../support/person.ts";

export type Stack = Awaited<ReturnType<typeof startStack>>;

/** The whole local stack on free ports, with its own table, accounts and providers. */
export const openStack = (): Promise<Stack> => startStack({ port: 0 });

/**
 * Signs in at a demo provider and comes back to the broker: password equals name. Forms that only wait for a script
 * to send them (POST bindings) are sent by hand.
 *
 * @param page The provider's sign-in page, or whatever leads there.
 */
export async function signInAs(
  person: Person,
  page: Page,
  name: string,
  stopAt?: RegExp,
  mfa = false,
): Promise<Page> {
  const options = stopAt === undefined ? {} : { stopAt };
  const asked = await throughForms(person, page, options);
  const form = formOf(asked, /password/i);
  const userField = Object.keys(form.fields).find((field) => /user|login/i.test(field)) ?? "username";
  const ticked = mfa ? { mfa: "yes" } : {};
  const back = await person.send(
    asked,
    { [userField]: name, password: name, ...ticked },
    { ...options, which: /password/i },
  );
  return throughForms(person, back, options);
}

/** Sends every form that carries a SAML message on, as a browser with script does by itself. */
export async function throughForms(
  person: Person,
  page: Page,
  options: { stopAt?: RegExp } = {},
): Promise<Page> {
  const carries = /name="SAML(?:Response|Request)"/;
  let here = page;
  for (let hops = 0; hops < 5 && carries.test(here.text); hops++) {
    here = await person.send(here, {}, { ...options, which: carries });
  }
  assert.ok(!carries.test(here.text), "a form that carries a SAML message is left");
  return here;
}

/** Somebody who is signed in at the broker by this connection and stands where the broker led. */
export async function signedIn(stack: Stack, connection: string, name: string, to = "/", mfa = false) {
  const person = newPerson();
  const start = await person.open(`${stack.url}/signin/${connection}?${new URLSearchParams({ to })}`);
  return { person, page: await signInAs(person, start, name, undefined, mfa) };
}
