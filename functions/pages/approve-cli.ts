import { words } from "../../lib/core/messages/words.ts";
import { LOGIN } from "./commands.ts";
import { gatePage } from "./frame.ts";
import { fill, href, html } from "./html.ts";
import { pass, seal, whoLine } from "./parts.ts";
import type { ApproveCliView } from "./view.ts";

/** A program on this machine asks for a token (`sekisho login`). Links, as the answer goes to the loopback address. */
export function approveCliPage(view: ApproveCliView): string {
  const { approve, facts } = words(view.language);
  return gatePage(view, {
    title: approve.title,
    wide: true,
    main: html`<div class="verdict">${seal("wait")}<div><h1>${approve.heading}</h1><p class="soft">${approve.lead}</p></div></div>
${pass(
  [
    [facts.who, whoLine(view.language, view.who)],
    [
      approve.program,
      fill(approve.programLine, {
        command: html`<span class="mono">${LOGIN[view.purpose]}</span>`,
        port: html`<span class="mono">${view.port}</span>`,
      }),
    ],
    [facts.gets, html`${approve[view.purpose]}`],
  ],
  undefined,
)}
<div class="acts"><a class="btn primary big" href="${href(view.approveHref)}">${approve.approve}</a><a class="btn big stop-quiet" href="${href(view.denyHref)}">${approve.refuse}</a></div>`,
  });
}
