import { type Html, html, withQuery } from "./html.ts";

/** First letter of a title, for the square beside it. */
const initial = (title: string): string => [...title.trim()][0]?.toUpperCase() ?? "";

/** Links to start a sign-in. GET links: a form answered by a redirect elsewhere is blocked by `form-action 'self'`. */
export const providerLinks = (
  connections: readonly { readonly id: string; readonly title: string }[],
  to: string,
  used: { readonly id: string; readonly label: string } | undefined,
): Html =>
  html`<ul class="providers">${connections.map(
    ({ id, title }) =>
      html`<li><a class="btn big" href="${withQuery(`/signin/${encodeURIComponent(id.toWellFormed())}`, { to: to === "/" ? undefined : to })}"><span class="glyph" aria-hidden="true">${initial(title)}</span><span class="cut">${title}</span>${
        used?.id === id && html`<span class="tag">${used.label}</span>`
      }</a></li>`,
  )}</ul>`;
