import { words } from "../../lib/core/messages/words.ts";
import { gatePage } from "./frame.ts";
import { html } from "./html.ts";
import { providerLinks } from "./provider-links.ts";
import type { SignedOutView } from "./view.ts";

/** After signing out. */
export function signedOutPage(view: SignedOutView): string {
  const { signedOut, common } = words(view.language);
  return gatePage(view, {
    title: signedOut.title,
    main: html`<h1>${signedOut.heading}</h1>
<p class="soft">${signedOut.lead}</p>
${
  view.connections.length > 0 &&
  html`<h2>${common.signIn}</h2>
${providerLinks(view.connections, "/", undefined)}`
}`,
  });
}
