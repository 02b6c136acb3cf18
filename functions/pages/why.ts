import { type Words, words } from "../../lib/core/messages/words.ts";
import { gatePage } from "./frame.ts";
import { type Html, html } from "./html.ts";
import { pass, seal, whoLine } from "./parts.ts";
import type { WhyView } from "./view.ts";

type Rule = WhyView["text"]["rules"][number];

const list = (lines: readonly (string | Html)[]): Html =>
  html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;

const ruleBlock = ({ title, terms }: Rule, { explain }: Words): Html => {
  const told = { true: explain.held, false: explain.failed, unknown: explain.unknown };
  return html`<h3>${title}</h3>${
    terms.length > 0 && list(terms.map(({ truth, text }) => html`<b>${told[truth]}</b> ${text}`))
  }`;
};

/** The headline and the nearest miss, what to do; then every rule that was considered, and what was received. */
export function whyPage(view: WhyView): string {
  const said = words(view.language);
  const { explain, facts, common } = said;
  const { headline, nearest, next, rules, claims } = view.text;
  return gatePage(view, {
    title: explain.title,
    wide: true,
    main: html`<div class="verdict">${seal(view.given ? "pass" : "stop")}<div><h1>${headline}</h1>${nearest !== undefined && html`<p>${nearest}</p>`}</div></div>
${pass([[facts.who, whoLine(view.language, view.who)]], undefined)}
${next.length > 0 && html`<h2>${explain.next}</h2>${list(next)}`}
<div class="acts"><a class="btn big" href="/">${common.allRoles}</a></div>
${rules.length > 0 && html`<h2>${explain.rules}</h2>${rules.map((one) => ruleBlock(one, said))}`}
<h2>${explain.claims}</h2>${list(claims)}`,
  });
}
