import { words } from "../../lib/core/messages/words.ts";
import { gatePage } from "./frame.ts";
import { href, html } from "./html.ts";
import { pass, seal, where, whoLine } from "./parts.ts";
import type { ConfirmView } from "./view.ts";

/** A link from another site wants to open a page of the console: the person sees what and decides (decision 9). */
export function confirmPage(view: ConfirmView): string {
  const { confirm, facts } = words(view.language);
  return gatePage(view, {
    title: confirm.title,
    wide: true,
    main: html`<div class="verdict">${seal("wait")}<div><h1>${confirm.heading}</h1><p class="soft">${confirm.lead}</p></div></div>
${pass(
  [
    [facts.who, whoLine(view.language, view.who)],
    [facts.where, where(view)],
    [facts.as, html`<span class="mono">${view.role}</span>`],
    [facts.page, html`<span class="mono">${view.destination}</span>`],
  ],
  view.env,
)}
<div class="acts"><a class="btn primary big" href="${href(view.continueHref)}">${confirm.button}</a><a class="btn big" href="/">${confirm.refuse}</a></div>`,
  });
}
