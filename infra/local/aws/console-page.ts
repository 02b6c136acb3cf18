import type { AwsAnswer } from "./wire.ts";
import { escapeXml } from "./xml.ts";

/** Markup that is safe to join; plain text is escaped on its way in. */
export interface Markup {
  readonly html: string;
}

/** Builds markup; every value in it is escaped unless it is markup itself. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | Markup | readonly Markup[])[]
): Markup {
  const write = (value: string | Markup | readonly Markup[]): string => {
    if (typeof value === "string") return escapeXml(value);
    return "html" in value ? value.html : value.map(write).join("");
  };
  return {
    html: parts.map((part, at) => part + (at < values.length ? write(values[at] ?? "") : "")).join(""),
  };
}

const STYLE = `:root{color-scheme:light dark;--ground:light-dark(#eceaf4,#121019);--paper:light-dark(#fdfcff,#1b1825);
--ink:light-dark(#1d1a26,#ebe8f2);--ink-2:light-dark(#565164,#a8a2b8);--line:light-dark(#d4d0e0,#383347);
--mark:light-dark(#57408f,#b9a5ee)}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
header{border-top:.5rem solid var(--mark);padding:1rem 1.5rem;border-bottom:1px solid var(--line);background:var(--paper)}
header p{margin:0;color:var(--ink-2);font-size:.875rem}
h1{font-size:1.25rem;margin:0}h2{font-size:1rem;margin:1.5rem 0 .5rem}
main{max-width:52rem;margin:1.5rem auto;padding:1.5rem;background:var(--paper);border:1px solid var(--line)}
dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.5rem 1.5rem;margin:0}
dt{color:var(--ink-2)}dd{margin:0;overflow-wrap:anywhere}
code,pre{font:.875rem/1.5 ui-monospace,Consolas,monospace}pre{overflow:auto;border:1px solid var(--line);padding:.75rem;margin:0}
main>h2:first-child{margin-top:0}a{color:var(--mark)}button{font:inherit;color:var(--paper);background:var(--mark);border:0;padding:.5rem 1rem;min-height:2.75rem;cursor:pointer}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
@media(max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.75rem}main{margin:0;border:0}}`;

/** One whole page. Nothing is fetched, nothing runs, nobody may frame it. */
export function page(status: number, title: string, body: Markup): AwsAnswer {
  const whole = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Local AWS console look-alike</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<header>
<p>Local AWS console look-alike: nothing here reaches AWS</p>
<h1>${title}</h1>
</header>
<main>${body}</main>
</body>
</html>
`;
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      // Not `no-referrer`: with that, browsers send `Origin: null` and signing out could not tell its own page.
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    },
    body: whole.html,
  };
}

/** A page of one sentence. */
export const notice = (status: number, title: string, sentence: string): AwsAnswer =>
  page(status, title, html`<p role="alert">${sentence}</p>`);
