import { words } from "../../lib/core/messages/words.ts";
import { gatePage } from "./frame.ts";
import { fill, href, html } from "./html.ts";
import type { ContinueView } from "./view.ts";

/**
 * An AuthnRequest by POST: the browser carries it over. The script sends the form by itself; without script
 * the person presses the button.
 *
 * The page's policy must name the origin of `action` in `form-action`.
 */
export function continuePage(view: ContinueView): string {
  const { onward } = words(view.language);
  const connection = view.title;
  return gatePage(view, {
    title: fill(onward.title, { connection }),
    script: "continue",
    main: html`<h1>${fill(onward.heading, { connection })}</h1>
<p class="soft">${fill(onward.lead, { connection })}</p>
<form method="post" action="${href(view.action, view.privateHosts)}" data-continue>${Object.entries(
      view.fields,
    ).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
    )}<button class="btn primary big" type="submit">${fill(onward.button, { connection })}</button></form>`,
  });
}
