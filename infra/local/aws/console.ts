import { ACCOUNTS } from "./accounts.ts";
import { html, type Markup, notice, page } from "./console-page.ts";
import { isAnyConsoleDestination } from "./destination.ts";
import { sessionArn } from "./sessions.ts";
import { CONSOLE_COOKIE } from "./signin.ts";
import type { AwsSession, ConsoleSession } from "./state.ts";
import { type AwsAnswer, type AwsRequest, isoTime, type World } from "./wire.ts";

const cookieOf = (request: AwsRequest): string =>
  (request.headers.cookie ?? "")
    .split(/; ?/)
    .find((pair) => pair.startsWith(`${CONSOLE_COOKIE}=`))
    ?.slice(CONSOLE_COOKIE.length + 1) ?? "";

const row = (name: string, id: string, value: string | Markup): Markup =>
  html`<dt>${name}</dt><dd id="${id}">${value}</dd>`;
const code = (text: string): Markup => html`<code>${text}</code>`;
const none = html`none`;

const indented = (json: string): string => JSON.stringify(JSON.parse(json), undefined, 2);

const tagList = (session: AwsSession): Markup | readonly Markup[] => {
  const tags = Object.entries(session.tags);
  return tags.length === 0
    ? html`<dt>Tags</dt><dd>none</dd>`
    : tags.map(([key, value]) => html`<dt>${code(key)}</dt><dd>${code(value)}</dd>`);
};

function describe(session: AwsSession, live: ConsoleSession, destination: string): Markup {
  const name = ACCOUNTS.find(({ id }) => id === session.accountId)?.name ?? "";
  const narrowed = session.policy !== undefined || session.policyArns.length > 0;
  return html`<h2>Who you are</h2>
<dl>
${row("Account", "account", html`${code(session.accountId)} ${name}`)}
${row("Role", "role", code(session.roleName))}
${row("Session name", "session-name", code(session.sessionName))}
${row("Source identity", "source-identity", session.sourceIdentity === undefined ? none : code(session.sourceIdentity))}
${row("Signed in as", "arn", code(sessionArn(session)))}
${row("Session ends", "expiry", html`<time datetime="${isoTime(live.expiresAt)}">${isoTime(live.expiresAt)}</time>`)}
${row("Credentials end", "credentials-expiry", html`<time datetime="${isoTime(session.expiresAt)}">${isoTime(session.expiresAt)}</time>`)}
${row("Transitive tag keys", "transitive", session.transitiveTagKeys.length === 0 ? none : code(session.transitiveTagKeys.join(", ")))}
</dl>
<h2>Session tags</h2>
<dl id="tags">${tagList(session)}</dl>
<h2>Session policy</h2>
<div id="session-policy">
${session.policy === undefined ? html`` : html`<pre tabindex="0">${indented(session.policy)}</pre>`}
${session.policyArns.map((arn) => html`<p>${code(arn)}</p>`)}
${narrowed ? html`` : html`<p>none: everything the role may do</p>`}
</div>
<h2>Destination</h2>
<p id="destination">${code(destination)}</p>
<form method="post" action="/console/signout"><button>Sign out</button></form>`;
}

/** What the person meant to open: a console URL of AWS from the query, or this very page. */
function destinationOf(request: AwsRequest, world: World): string {
  const asked = new URLSearchParams(request.query).get("destination");
  if (asked !== null && isAnyConsoleDestination(asked, world.url)) return asked;
  return `${world.url}${request.path}${request.query === "" ? "" : `?${request.query}`}`;
}

function signOut(request: AwsRequest, world: World): AwsAnswer {
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== world.url)
    return notice(403, "Not signed out", "This request came from another site.");
  world.state.consoles.delete(cookieOf(request));
  const answer = notice(200, "Signed out", "This console session has ended.");
  const gone = `${CONSOLE_COOKIE}=; Path=/console; HttpOnly; SameSite=Lax; Max-Age=0`;
  return { ...answer, headers: { ...answer.headers, "set-cookie": gone } };
}

/** `/console/...`: shows what a console session is and where it was to go. */
export function showConsole(request: AwsRequest, world: World): AwsAnswer {
  if (request.method === "POST" && request.path === "/console/signout") return signOut(request, world);
  if (request.method !== "GET")
    return notice(405, "Not possible", "The console look-alike only shows pages.");
  const live = world.state.consoles.get(cookieOf(request));
  const session = live && world.state.sessions.get(live.accessKeyId);
  if (!live || !session)
    return notice(
      401,
      "Not signed in",
      "Open the console from your broker: there is no session in this browser.",
    );
  if (live.expiresAt <= world.clock.now())
    return page(
      401,
      "Your session has ended",
      html`<p role="alert">Sign in again at <a href="${live.issuer}">${live.issuer}</a>.</p>`,
    );
  const account = ACCOUNTS.find(({ id }) => id === session.accountId)?.name ?? session.accountId;
  return page(
    200,
    `${session.roleName} in ${account}`,
    describe(session, live, destinationOf(request, world)),
  );
}
