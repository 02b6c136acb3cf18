import { type Words, words } from "../../lib/core/messages/words.ts";
import { LOGIN } from "./commands.ts";
import { workPage } from "./frame.ts";
import { fill, type Html, html, raw, type Value } from "./html.ts";
import { KEY_FORMS, type KeyForm, keyText, lengthsOf, programText, valuesOf } from "./key-forms.ts";
import { copyButton, duration, type Fact, ICONS, instant, pass, where } from "./parts.ts";
import type { CredentialsView } from "./view.ts";

function factsOf(view: CredentialsView, { facts, credentials }: Words): Fact[] {
  const { row, who, issued, language } = view;
  const length = duration(language, view.asked?.durationSeconds ?? row.sessionSeconds);
  return [
    [facts.where, where(row)],
    [facts.as, html`<span class="mono strong">${row.role}</span>`],
    [facts.who, html`${who.name} (${who.connection})`],
    [
      facts.until,
      issued
        ? html`<b>${instant(language, issued.expiresAt)}</b>`
        : fill(credentials.lasts, { length: html`<b>${length}</b>` }),
    ],
  ];
}

function production(view: CredentialsView, { credentials }: Words): Html | undefined {
  if (view.row.env !== "prod") return undefined;
  const { issued } = view;
  const sentence = fill(issued ? credentials.productionUntil : credentials.productionLine, {
    production: html`<b>${credentials.production}</b>`,
    name: view.who.name,
    at: issued && instant(view.language, issued.expiresAt),
  });
  return html`<div class="note stop">${ICONS.warn}<p>${sentence}</p></div>`;
}

const programs = (view: CredentialsView, said: Words): Html =>
  html`<div class="block"><h2>${said.credentials.programs}</h2><p class="hint">${fill(
    said.credentials.programsLine,
    { command: html`<code>${LOGIN.credentials}</code>` },
  )}</p><div class="copy"><pre tabindex="0" id="program">${programText(view.row, view.brokerUrl)}</pre>${copyButton(said, "program", said.common.copy)}</div></div>`;

const chosen = (yes: boolean): Value => yes && raw(" checked");

/** Choosing a form is a radio button: it moves the panel by style alone and travels with the question. */
const tab = (form: KeyForm, label: string, front: KeyForm): Html =>
  html`<label><input type="radio" name="form" form="ask" value="${form}" id="form-${form}"${chosen(form === front)}>${label}</label>`;

const panel = (view: CredentialsView, said: Words, form: KeyForm): Html =>
  html`<div class="panel of-${form}"><div class="copy tall"><pre tabindex="0" id="keys-${form}" aria-label="${said.credentials[form]}">${keyText(form, view.row, valuesOf(view.issued, view.shown))}</pre></div>${
    view.issued &&
    view.shown &&
    html`<div class="acts">${copyButton(said, `keys-${form}`, said.common.copy, "primary")}</div>`
  }</div>`;

function forms(view: CredentialsView, said: Words): Html {
  const { credentials } = said;
  const front = view.issued?.form ?? "env";
  const state = view.issued ? (view.shown ? credentials.visible : credentials.hidden) : credentials.masked;
  return html`<div class="block"><h2 id="take">${credentials.takeAs}</h2><div class="forms"><div class="vtabs" role="radiogroup" aria-labelledby="take">${KEY_FORMS.map(
    (form) => tab(form, credentials[form], front),
  )}</div>
<div class="panels">${KEY_FORMS.map((form) => panel(view, said, form))}<p class="hint">${state}</p></div></div></div>`;
}

const option = (value: string | number, label: Html, selected: boolean): Html =>
  html`<option value="${value}"${selected && raw(" selected")}>${label}</option>`;

function ask(view: CredentialsView, { credentials }: Words): Html {
  const { row, scopes, asked, language } = view;
  const wanted = asked?.durationSeconds ?? row.sessionSeconds;
  const everything =
    !view.scopeRequired && option("", fill(credentials.everything, { role: row.role }), !asked?.scope);
  const named = scopes.map(({ id, description }) =>
    option(
      id,
      description ? fill(credentials.scopeOf, { id, description }) : html`${id}`,
      asked?.scope === id,
    ),
  );
  const again = view.issued && view.shown;
  return html`<form id="ask" class="ask" method="post" action="/credentials"><input type="hidden" name="csrf" value="${view.csrf}"><input type="hidden" name="account" value="${row.accountId}"><input type="hidden" name="role" value="${row.role}">
<div class="narrow"><div class="field"><label for="length">${credentials.length}</label><select id="length" name="durationSeconds" class="select">${lengthsOf(
    row.sessionSeconds,
  ).map((seconds) =>
    option(seconds, duration(language, seconds), seconds === wanted),
  )}</select></div><div class="field"><label for="scope">${credentials.scope}</label><select id="scope" name="scope" class="select">${everything}${named}</select></div></div>
<div class="acts"><button type="submit" name="show" value="1" class="btn${!again && " primary"}">${ICONS.eye}${
    again ? credentials.issueAgain : view.issued ? credentials.show : credentials.issue
  }</button></div></form>`;
}

/** `/credentials`: who, where, as what, until when; how a program asks by itself; and the keys, masked until asked. */
export function credentialsPage(view: CredentialsView): string {
  const said = words(view.language);
  const { credentials, common } = said;
  return workPage(view, {
    title: credentials.title,
    who: view.who,
    current: "other",
    script: "copy",
    main: html`<main id="main" class="slip"><header><h1>${credentials.title}</h1><a class="btn bare icon" href="/" aria-label="${credentials.close}" title="${common.back}">${ICONS.close}</a></header><div class="slip-in">
${pass(factsOf(view, said), view.row.env)}
${production(view, said)}
${programs(view, said)}
${forms(view, said)}</div>
<footer>${ask(view, said)}</footer></main>`,
  });
}
