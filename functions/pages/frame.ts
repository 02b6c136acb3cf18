import { type Language, type Words, words } from "../../lib/core/messages/words.ts";
import { fill, type Html, html, ownHref, raw, render, withQuery } from "./html.ts";
import { ICONS, mark } from "./parts.ts";
import type { Page, Who } from "./view.ts";

const DOCTYPE = raw("<!doctype html>");

/** Scripts a page may add; every page is whole without them. */
type Script = "continue" | "copy";

interface Document {
  readonly title: string | Html;
  readonly body: Html;
  readonly kind: "gate" | "work";
  readonly script?: Script | undefined;
}

const wholePage = (view: Page, { title, body, kind, script }: Document): string =>
  render(html`${DOCTYPE}
<html lang="${view.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} · Sekisho</title>
<link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/tokens.css">
<link rel="stylesheet" href="/assets/base.css">
${script && html`<script src="/assets/${script}.js" defer></script>`}
</head>
<body class="${kind === "gate" ? "gatepage" : "workpage"}">
<a class="skip" href="#main">${words(view.language).common.skip}</a>
${body}
</body>
</html>
`);

const NAMES: Readonly<Record<Language, string>> = { en: "English", ja: "日本語" };

/** The same page in one language. */
const inLanguage = (view: Page, language: Language): Html =>
  html`<a href="${withQuery(view.path, { lang: language })}" lang="${language}" hreflang="${language}">${NAMES[language]}</a>`;

/** The same page in the other language. */
const otherLanguage = (view: Page): Html => inLanguage(view, view.language === "en" ? "ja" : "en");

/** What stands in a gate: the picture of every page a stranger sees. */
interface Gate {
  readonly title: string | Html;
  readonly main: Html;
  /** Left of the language in the foot. */
  readonly foot?: Html | undefined;
  readonly wide?: boolean;
  readonly script?: Script;
}

/** A page that is the gate itself, standing on the road. */
export const gatePage = (view: Page, gate: Gate): string =>
  wholePage(view, {
    title: gate.title,
    kind: "gate",
    script: gate.script,
    body: html`<div class="gate${gate.wide && " wide"}"><div class="beam" aria-hidden="true"></div><main id="main" class="passage">
<p class="brand">${mark(28)}Sekisho</p>
${gate.main}
<p class="foot">${gate.foot}${otherLanguage(view)}</p></main></div>`,
  });

const themes = ({ common }: Words): Html =>
  html`<fieldset><legend>${common.theme}</legend><label><input type="radio" name="theme" id="theme-auto" checked> ${common.themeAuto}</label><label><input type="radio" name="theme" id="theme-light"> ${common.themeLight}</label><label><input type="radio" name="theme" id="theme-dark"> ${common.themeDark}</label></fieldset>`;

/** A form, as a sign-out by link could be pressed from another site. */
const signOut = (view: Page, { common }: Words): Html | undefined =>
  view.csrf === undefined
    ? undefined
    : html`<form method="post" action="/signout"><input type="hidden" name="csrf" value="${view.csrf}"><button type="submit" class="btn bare">${common.signOut}</button></form>`;

const menu = (view: Page, said: Words, who: Who): Html =>
  html`<details><summary><span><b>${who.name}</b> <span class="via">${fill(said.common.via, { connection: who.connection })}</span></span>${ICONS.down}</summary>
<div class="pop">${themes(said)}<p>${inLanguage(view, "en")} · ${inLanguage(view, "ja")}</p>${signOut(view, said)}</div></details>`;

/** What stands between the posts. */
interface Work {
  readonly title: string | Html;
  readonly who: Who;
  /** Shown beside the mark. */
  readonly organization?: string | undefined;
  readonly admin?: boolean | undefined;
  /** Whether this is the register itself. */
  readonly current: "access" | "other";
  /** Classes of the posts, e.g. `home`. */
  readonly layout?: string;
  readonly main: Html;
  readonly script?: Script | undefined;
}

/** A page where people work: beam across, posts at the sides. */
export function workPage(view: Page, work: Work): string {
  const said = words(view.language);
  return wholePage(view, {
    title: work.title,
    kind: "work",
    script: work.script,
    body: html`<header class="top"><div class="top-in"><a class="brand" href="${ownHref("/")}">${mark(22)}Sekisho${
      work.organization && html`<small>${work.organization}</small>`
    }</a>
<nav class="menu" aria-label="${said.common.main}"><a href="/"${work.current === "access" && raw(' aria-current="page"')}>${said.common.access}</a></nav><div class="who">${
      work.admin && html`<span class="tag">${said.common.administrator}</span>`
    }${menu(view, said, work.who)}</div></div></header>
<div class="posts ${work.layout}">${work.main}</div>`,
  });
}
