import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { itemsUnder } from "../support/table.ts";
import { askRaw, type Heard } from "./asked.ts";
import { checkHeaders } from "./laws.ts";
import { openStack, type Stack, signedIn } from "./stack.ts";

let stack: Stack;
let cookie = "";
before(async () => {
  stack = await openStack();
  const { person } = await signedIn(stack, "okta", "sre");
  const jar = person.cookies.get("localhost") ?? new Map<string, string>();
  cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
});
after(() => stack.stop());

const EVIL = "evil.example";

/** Ways to write another host so that somebody takes it for a path, and a browser does not. */
const TRICKS: readonly string[] = [
  `https://${EVIL}`,
  `http://${EVIL}/`,
  `HTTPS://${EVIL}`,
  `https:${EVIL}`,
  `https:/${EVIL}`,
  `https:///${EVIL}`,
  `https:\\\\${EVIL}`,
  `//${EVIL}`,
  `///${EVIL}`,
  `////${EVIL}`,
  `/\\${EVIL}`,
  `\\/${EVIL}`,
  `\\\\${EVIL}`,
  `/\\/${EVIL}`,
  `/\t/${EVIL}`,
  `/\n/${EVIL}`,
  `/\r/${EVIL}`,
  `\t//${EVIL}`,
  ` //${EVIL}`,
  `\u00a0//${EVIL}`,
  `\ufeff//${EVIL}`,
  `/%09/${EVIL}`,
  `/%0a/${EVIL}`,
  `/%2f${EVIL}`,
  `/%2F/${EVIL}`,
  `/%5c${EVIL}`,
  `/%5C/${EVIL}`,
  `%2f%2f${EVIL}`,
  `/.//${EVIL}`,
  `/..//${EVIL}`,
  `/./\\${EVIL}`,
  `/%2e//${EVIL}`,
  `/%2e%2e//${EVIL}`,
  `/a/..//${EVIL}`,
  `/a/../..//${EVIL}`,
  `/a/%2e%2e//${EVIL}`,
  `/;//${EVIL}`,
  `/?//${EVIL}`,
  `/#//${EVIL}`,
  `/@${EVIL}`,
  `@${EVIL}`,
  `/:80//${EVIL}`,
  `.${EVIL}`,
  `:80@${EVIL}`,
  `localhost:8700@${EVIL}`,
  `http://localhost@${EVIL}/`,
  `http://localhost:8700.${EVIL}/`,
  `http://localhost%2f@${EVIL}/`,
  `http://${EVIL}#localhost`,
  `http://${EVIL}?localhost`,
  `http://${EVIL}\\@localhost/`,
  `http://[::ffff:1.2.3.4]/`,
  `http://1249763844/`,
  `//1249763844`,
  `/\u2044${EVIL}`,
  `/\uff0f${EVIL}`,
  `\u3002${EVIL}`,
  `javascript:alert(1)`,
  `JavaScript://%0aalert(1)`,
  `java\tscript:alert(1)`,
  `data:text/html,<script>alert(1)</script>`,
  `vbscript:x`,
  `blob:https://${EVIL}/x`,
  `file:///etc/passwd`,
  `/\r\nlocation: https://${EVIL}`,
  `/%0d%0alocation:%20https://${EVIL}`,
  "",
];

const BROWSER = { accept: "text/html", "sec-fetch-site": "same-origin", "accept-language": "en" };

/** Hosts that a browser may be sent to: our own, the demo providers, the look-alike of AWS. */
const isKnown = (address: string): boolean => {
  const { origin } = new URL(address, stack.url);
  return Object.values(stack.urls).some((url) => new URL(url).origin === origin);
};

/** Neither the Location nor any link, form or source of the page leads where the trick would. */
function checkNowhere(answer: Heard): void {
  checkHeaders(answer);
  assert.ok(answer.status < 500, `${answer.what}: ${answer.status}`);
  const location = answer.headers.get("location");
  if (location !== null) assert.ok(isKnown(location), `${answer.what} leads to ${location}`);
  for (const [, address = ""] of answer.text.matchAll(/(?:href|action|src|formaction)="([^"]*)"/g)) {
    const plain = address.replaceAll("&amp;", "&");
    assert.ok(isKnown(plain) || plain.startsWith("mailto:"), `${answer.what} links to ${plain}`);
  }
}

/** Every place where an address or a path may be said. */
const PLACES: readonly (readonly [what: string, ask: (trick: string) => Parameters<typeof askRaw>[2]])[] = [
  ["/signin?to=", (to) => get("/signin", { to })],
  ["/signin/okta?to=", (to) => get("/signin/okta", { to })],
  ["/signin/entra?to=", (to) => get("/signin/entra", { to, mfa: "1" })],
  ["/signout?to=", (to) => get("/signout", { to })],
  ["/start?destination=", (destination) => get("/start", { destination, to: destination })],
  ["/?to=", (to) => get("/", { to, q: to, page: to })],
  ["/console?destination=", (destination) => get("/console", { ...ROLE, destination })],
  ["/console?account=", (account) => get("/console", { ...ROLE, account })],
  ["/credentials?role=", (role) => get("/credentials", { ...ROLE, role })],
  ["target_link_uri", (to) => get("/oidc/google/initiate", { iss: stack.urls.google, target_link_uri: to })],
  ["iss", (iss) => get("/oidc/google/initiate", { iss })],
  ["the state of a callback", (state) => get("/oidc/entra/callback", { state, code: "x", iss: state })],
  [
    "RelayState",
    (RelayState) => ({
      method: "POST",
      path: "/saml/okta/acs",
      headers: { ...BROWSER, cookie, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ SAMLResponse: "PHg+", RelayState }).toString(),
    }),
  ],
  [
    "the command line's port",
    (port) =>
      get("/api/login/authorize", { purpose: "api", port, state: "s".repeat(16), challenge: "c".repeat(43) }),
  ],
  [
    "the form of the credentials page",
    (account) => ({
      method: "POST",
      path: "/credentials",
      headers: { ...BROWSER, cookie, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ account, role: account, to: account, destination: account }).toString(),
    }),
  ],
];
const ROLE = { account: "333333333333", role: "ReadOnly" };
const get = (path: string, query: Record<string, string>) => ({
  path: `${path}?${new URLSearchParams(query)}`,
  headers: { ...BROWSER, cookie },
});

for (const [what, ask] of PLACES)
  test(`${what} leads nowhere else, however it is written`, async () => {
    for (const trick of TRICKS)
      checkNowhere(await askRaw(stack, `${what} ${JSON.stringify(trick)}`, ask(trick)));
  });

test("no path leads elsewhere, however it is written", async () => {
  for (const trick of TRICKS.map((one) => encodeURI(one).replaceAll("%25", "%")).filter((one) =>
    one.startsWith("/"),
  ))
    for (const path of [trick, `/signin${trick}`, `/console${trick}`]) {
      const answer = await askRaw(stack, path, { path, headers: { ...BROWSER, cookie } });
      if (answer.status !== 400) checkNowhere(answer);
    }
});

test("what was remembered to go on to are paths of our own, and there were some", async () => {
  const signIns = await itemsUnder(stack.urls, "SIGNIN#");
  assert.ok(signIns.length > 30, `${signIns.length} sign-ins`);
  for (const { to } of signIns) {
    assert.match(String(to), /^\/(?![/\\])[\x21-\x7e]*$/);
    assert.equal(new URL(String(to), stack.url).origin, stack.url);
  }
});
