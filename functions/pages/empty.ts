import { type Words, words } from "../../lib/core/messages/words.ts";
import { workPage } from "./frame.ts";
import { fill, type Html, href, html } from "./html.ts";
import { contactLink, copyButton, type Fact, instant, notes, pass, seal, seenFacts } from "./parts.ts";
import type { EmptyView } from "./view.ts";

function factsOf(view: EmptyView, said: Words): Fact[] {
  const { who, nearest, language } = view;
  const line = {
    name: html`<b>${who.name}</b>`,
    connection: who.connection,
    at: instant(language, who.since),
  };
  return [
    [said.facts.who, fill(said.empty.since, line)],
    ...seenFacts(said, view.seen),
    [
      said.facts.nearest,
      nearest &&
        fill(said.facts.nearestLine, {
          rule: html`<code>${nearest.rule}</code>`,
          wants: html`<code>${nearest.wants}</code>`,
        }),
    ],
  ];
}

const ways = (view: EmptyView, { empty, roles }: Words): Html =>
  html`<ol class="ways"><li><h3>${empty.groupHeading}</h3><p class="soft">${empty.groupLine}</p><a class="btn primary" href="${href(view.signInHref ?? "/signin")}">${roles.signInAgain}</a></li><li><h3>${empty.otherHeading}</h3><p class="soft">${empty.otherLine}</p><a class="btn" href="/signin">${empty.otherButton}</a></li>`;

/** Signed in, but no rule gives a role: what was seen, and three ways on. */
export function emptyPage(view: EmptyView): string {
  const said = words(view.language);
  const { empty } = said;
  const { connection } = view.who;
  return workPage(view, {
    title: empty.title,
    who: view.who,
    current: "access",
    script: "copy",
    main: html`<main id="main" class="empty"><div class="verdict">${seal("none")}<div><h1>${empty.heading}</h1><p class="soft">${fill(empty.lead, { connection })}</p></div></div>
${notes(said, view.seen.notes)}
<div id="seen">${pass(factsOf(view, said), undefined)}</div>
<h2>${empty.ways}</h2>
${ways(view, said)}<li><h3>${empty.askHeading}</h3><p class="soft">${fill(empty.askLine, { contact: contactLink(said, view.contact) })}</p>${copyButton(said, "seen reference", empty.copyDetails)}</li></ol>
<p class="hint" id="reference">${fill(said.common.reference, { reference: html`<code>${view.reference}</code>` })}</p></main>`,
  });
}
