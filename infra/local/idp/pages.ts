import type { Account } from "./accounts.ts";
import type { Session } from "./sessions.ts";

/** How one provider presents itself. No vendor's mark or colours: a demo must not look like the real sign-in. */
export interface Face {
  readonly title: string;
  readonly hue: number;
  /** Whether this vendor tells applications about second factors. */
  readonly tellsMfa: boolean;
}

/** A link on the dashboard. */
export interface Tile {
  readonly title: string;
  readonly about: string;
  readonly href: string;
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

const style = (hue: number): string => `
:root { color-scheme: light dark; --tint: light-dark(hsl(${hue} 45% 32%), hsl(${hue} 60% 75%));
  --ground: light-dark(#f2f3f1, #121413); --paper: light-dark(#ffffff, #1c1f1d); --ink: light-dark(#1a1d1b, #eceeec);
  --ink-2: light-dark(#4d534f, #b4bab6); --line: light-dark(#7b827d, #78807b); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { border-top: 6px solid var(--tint); padding: 16px 24px; display: flex; gap: 16px; align-items: baseline; }
header b { color: var(--tint); } header span { color: var(--ink-2); font-size: 14px; }
main { max-width: 560px; margin: 24px auto; padding: 24px; background: var(--paper); border: 1px solid var(--line); }
h1 { font-size: 22px; margin: 0 0 16px; } label { display: block; margin: 12px 0 4px; font-weight: 600; }
label.check { font-weight: 400; } p, li { color: var(--ink-2); } pre { overflow-x: auto; } code { font-size: 14px; color: var(--ink); }
input:not([type=checkbox]) { width: 100%; font: inherit; padding: 8px; background: var(--paper); color: var(--ink);
  border: 1px solid var(--line); }
button { font: inherit; padding: 8px 20px; margin-top: 16px; border: 0; background: var(--tint); color: var(--paper);
  cursor: pointer; }
a { color: var(--tint); } :focus-visible { outline: 3px solid var(--tint); outline-offset: 2px; }
ul.tiles { list-style: none; padding: 0; display: grid; gap: 12px; }
ul.tiles a { display: block; padding: 16px; border: 1px solid var(--line); font-weight: 600; }
ul.tiles a { text-decoration: none; } ul.tiles small { display: block; font-weight: 400; color: var(--ink-2); }
ul.tiles a:hover { text-decoration: underline; }
.fault { border-left: 4px solid light-dark(#b0271a, #ff9684); padding: 8px 12px; color: var(--ink); }
`;

/** A whole page. `body` is HTML; everything that came from outside must be escaped by now. */
export const page = (face: Face, title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(`${title} - ${face.title}`)}</title><style>${style(face.hue)}</style></head>
<body><header><b>${escapeHtml(face.title)}</b><span>a demo provider on this machine</span></header>
<main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>
`;

/** Sign-in with name and password. `hidden` fields come back with the form. */
export function signInPage(
  face: Face,
  accounts: readonly Account[],
  {
    action,
    hidden,
    fault,
    username = "",
    wantsMfa = false,
  }: {
    readonly action: string;
    readonly hidden: Readonly<Record<string, string>>;
    readonly fault?: string | undefined;
    readonly username?: string;
    readonly wantsMfa?: boolean;
  },
): string {
  const fields = Object.entries(hidden).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  const known = accounts.map(
    (account) => `<li><code>${escapeHtml(account.username)}</code>: ${escapeHtml(account.about)}</li>`,
  );
  const mfa = face.tellsMfa
    ? `<label class="check"><input type="checkbox" name="mfa" value="yes"${wantsMfa ? " checked" : ""}> second factor used</label>`
    : "<p>This provider tells applications nothing about second factors.</p>";
  return page(
    face,
    "Sign in",
    `${fault ? `<p class="fault" role="alert">${escapeHtml(fault)}</p>` : ""}
${wantsMfa ? "<p>The application asks for a second factor.</p>" : ""}
<form method="post" action="${escapeHtml(action)}">${fields.join("")}
<label for="username">Username</label><input id="username" name="username" value="${escapeHtml(username)}" autocomplete="off" autocapitalize="none" required autofocus>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="off" required>
${mfa}<button>Sign in</button></form>
<p>Accounts here; the password is the name:</p><ul>${known.join("")}</ul>`,
  );
}

/** The dashboard of somebody who is signed in. */
export function dashboardPage(face: Face, session: Session, tiles: readonly Tile[]): string {
  const items = tiles.map(
    ({ title, about, href }) =>
      `<li><a href="${escapeHtml(href)}">${escapeHtml(title)}<small>${escapeHtml(about)}</small></a></li>`,
  );
  return page(
    face,
    "Your applications",
    `<p>Signed in as <code>${escapeHtml(session.account.username)}</code>, ${session.mfa ? "with" : "without"} a second factor.</p>
<ul class="tiles">${items.join("")}</ul>
<form method="post" action="/signout"><button>Sign out</button></form>`,
  );
}

/** A form that sends itself; the button is for browsers without script. */
export const autoPostPage = (
  face: Face,
  action: string,
  fields: Readonly<Record<string, string>>,
): string => {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return page(
    face,
    "On to the application",
    `<form id="go" method="post" action="${escapeHtml(action)}">${inputs.join("")}<button>Continue</button></form>
<script>document.getElementById("go").submit();</script>`,
  );
};

export const faultPage = (face: Face, sentence: string): string =>
  page(face, "This does not work", `<p class="fault" role="alert">${escapeHtml(sentence)}</p>`);
