import { type Words, words } from "../../lib/core/messages/words.ts";
import { askableSection, placeCells } from "./askable.ts";
import { workPage } from "./frame.ts";
import { fill, type Html, html, withQuery } from "./html.ts";
import { contactLink, duration, ICONS, instant, notes } from "./parts.ts";
import { type Leaf, leafOf, termsOf, type Unit } from "./register.ts";
import type { RoleRow, RolesView } from "./view.ts";

function rowOf(view: RolesView, said: Words, terms: readonly string[], row: RoleRow): Html {
  const { roles } = said;
  const query = { account: row.accountId, role: row.role };
  const label = (action: string): Html =>
    fill(roles.actionOf, { action, account: row.accountName, role: row.role });
  return html`<tr role="row">${placeCells(row, terms)}<td role="cell" class="c-len dim">${duration(view.language, row.sessionSeconds)}</td><td role="cell" class="go"><a class="btn bare" href="${withQuery("/console", query)}" aria-label="${label(roles.console)}">${roles.console} ${ICONS.out}</a><a class="btn bare keys" href="${withQuery("/credentials", query)}" aria-label="${label(roles.credentials)}">${ICONS.key}<span>${roles.credentials}</span></a></td></tr>
`;
}

const unitOf = (view: RolesView, said: Words, terms: readonly string[], unit: Unit): Html =>
  html`<tr role="row" class="ou"><th role="rowheader" scope="rowgroup" colspan="6"><span class="mono">${unit.path}</span></th></tr>
${unit.rows.map((row) => rowOf(view, said, terms, row))}`;

function tally({ roles }: Words, leaf: Leaf): Html {
  const count = (one: string, many: string, n: number): Html => fill(n === 1 ? one : many, { count: n });
  return fill(roles.tally, {
    roles: count(roles.roleOne, roles.roleMany, leaf.found),
    accounts: count(roles.accountOne, roles.accountMany, leaf.accounts),
  });
}

function tableOf(view: RolesView, said: Words, leaf: Leaf): Html {
  const { roles } = said;
  const terms = termsOf(view.filter ?? "");
  const columns: readonly [string, string][] = [
    ["c-env", roles.environment],
    ["c-name", roles.account],
    ["c-id", roles.accountId],
    ["c-role", roles.role],
    ["c-len", roles.session],
  ];
  return html`<table role="table" class="reg list"><caption class="sr">${roles.heading}</caption><thead role="rowgroup"><tr role="row">${columns.map(
    ([name, title]) => html`<th role="columnheader" scope="col" class="${name}">${title}</th>`,
  )}<th role="columnheader" scope="col" class="go"><span class="sr">${roles.actions}</span></th></tr></thead>
<tbody role="rowgroup"><tr role="row"><th role="rowheader" scope="rowgroup" colspan="6">${terms.length > 0 ? roles.found : roles.all}<span>${tally(said, leaf)}</span></th></tr>
${leaf.units.map((unit) => unitOf(view, said, terms, unit))}</tbody></table>`;
}

/** Nothing found among all there is; where there is nothing at all to have, what may be asked for stands below. */
const nothing = (view: RolesView, { roles }: Words): Html =>
  view.filter
    ? html`<div class="none-found" role="status"><p>${fill(roles.nothing, { filter: view.filter })}</p><p><a class="btn" href="/">${roles.showAll}</a></p></div>`
    : html`<div class="none-found"><p>${roles.noneNow}</p></div>`;

function pager(view: RolesView, { roles }: Words, { page, pages }: Leaf): Html | undefined {
  if (pages < 2) return undefined;
  const to = (wanted: number): string =>
    withQuery("/", { q: view.filter || undefined, page: wanted > 1 ? wanted : undefined });
  return html`<nav class="pager" aria-label="${roles.pages}">${
    page > 1 && html`<a class="btn" rel="prev" href="${to(page - 1)}">${roles.previous}</a>`
  }<span>${fill(roles.pageOf, { page, pages })}</span>${
    page < pages && html`<a class="btn" rel="next" href="${to(page + 1)}">${roles.next}</a>`
  }</nav>`;
}

const tools = (view: RolesView, { roles }: Words): Html =>
  html`<div class="tools"><form class="search" role="search" method="get" action="/">${ICONS.search}<label class="sr" for="q">${roles.searchLabel}</label><input class="input big" id="q" name="q" type="search" value="${view.filter}" maxlength="256" placeholder="${roles.searchHint}" autocomplete="off" spellcheck="false"><button type="submit" class="btn big">${roles.search}</button></form>${
    view.filter && html`<a class="btn big bare" href="/">${roles.clear}</a>`
  }</div>`;

function rail(view: RolesView, said: Words): Html {
  const { roles } = said;
  const { who, language } = view;
  const you = {
    name: html`<b>${who.name}</b>`,
    connection: who.connection,
    at: instant(language, who.since),
  };
  return html`<aside class="rail"><section><h2>${roles.you}</h2><p class="hint">${fill(roles.youLine, you)}</p></section>
<section><h2>${roles.programs}</h2><p class="hint">${roles.programsLine}</p></section>
<section><h2>${roles.missing}</h2><p class="hint">${fill(roles.missingLine, {
    contact: contactLink(said, view.contact),
  })}</p><a class="btn" href="/signin">${roles.signInAgain}</a></section></aside>`;
}

/** `/`: the register of roles. A person without any is shown `emptyPage` instead. */
export function rolesPage(view: RolesView): string {
  const said = words(view.language);
  const leaf = leafOf(view.rows, view.filter ?? "", view.page ?? 1);
  return workPage(view, {
    title: said.roles.title,
    who: view.who,
    organization: view.organization,
    admin: view.admin,
    current: "access",
    layout: "home",
    main: html`<main id="main">
<h1 class="sr">${said.roles.heading}</h1>
${notes(said, view.notes)}
${tools(view, said)}
${leaf.found === 0 ? nothing(view, said) : tableOf(view, said, leaf)}
${pager(view, said, leaf)}
${leaf.page === 1 && askableSection(view, said)}</main>
${rail(view, said)}`,
  });
}
