import { words } from "../../lib/core/messages/words.ts";
import { gatePage } from "./frame.ts";
import { fill, html } from "./html.ts";
import { contactLink } from "./parts.ts";
import { providerLinks } from "./provider-links.ts";
import type { ChooseView } from "./view.ts";

/** `/signin`: choose where your account is. */
export function choosePage(view: ChooseView): string {
  const said = words(view.language);
  const { choose } = said;
  const used = view.usedLast === undefined ? undefined : { id: view.usedLast, label: choose.usedLast };
  const heading = view.organization
    ? fill(choose.headingOf, { organization: view.organization })
    : html`${choose.heading}`;
  return gatePage(view, {
    title: choose.title,
    main: html`<h1>${heading}</h1>
${
  view.connections.length === 0
    ? html`<p class="soft">${choose.none}</p>`
    : html`<p class="soft">${choose.lead}</p>
${providerLinks(view.connections, view.to, used)}`
}`,
    foot: html`<span>${fill(choose.help, { contact: contactLink(said, view.contact) })}</span>`,
  });
}
