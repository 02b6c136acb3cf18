import type { Words } from "../../lib/core/messages/words.ts";
import { fill, type Html, html, type Value, withQuery } from "./html.ts";
import { contactLink, envChip } from "./parts.ts";
import { firstOf, termsOf } from "./register.ts";
import type { PlaceRow, RolesView } from "./view.ts";

/** Marks the words that were searched for. */
function marked(text: string, terms: readonly string[]): Value {
  const lower = text.toLowerCase();
  const hits = terms.map((term) => [lower.indexOf(term), term.length] as const).filter(([at]) => at >= 0);
  const [hit] = hits.sort(([a], [b]) => a - b);
  // Lower case may be longer than the text itself; then the places do not fit and nothing is marked.
  if (!hit || lower.length !== text.length) return text;
  const [at, length] = hit;
  return html`${text.slice(0, at)}<mark>${text.slice(at, at + length)}</mark>${text.slice(at + length)}`;
}

/** Where a role stands. A folded register drops the roles of a table, so they are written out. */
export const placeCells = (row: PlaceRow, terms: readonly string[]): Html =>
  html`<td role="cell" class="c-env">${envChip(row.env, row.envLabel)}</td><th role="rowheader" scope="row" class="c-name"><span class="strong">${marked(row.accountName, terms)}</span></th><td role="cell" class="c-id mono">${marked(row.accountId, terms)}</td><td role="cell" class="c-role mono">${marked(row.role, terms)}</td>`;

function askableRow({ roles }: Words, terms: readonly string[], row: PlaceRow): Html {
  const label = fill(roles.actionOf, { action: roles.why, account: row.accountName, role: row.role });
  const why = withQuery("/why", { account: row.accountId, role: row.role });
  return html`<tr role="row" class="eligible">${placeCells(row, terms)}<td role="cell" class="go"><a class="btn bare" href="${why}" aria-label="${label}">${roles.why}</a></td></tr>
`;
}

/** What somebody has not and may ask for: told apart from what they have, and with nothing to press that would open it. */
export function askableSection(view: RolesView, said: Words): Html | undefined {
  const { roles } = said;
  const filter = view.filter ?? "";
  const { rows, more } = firstOf(view.askable, filter);
  if (rows.length === 0) return undefined;
  const terms = termsOf(filter);
  const columns: readonly [string, string][] = [
    ["c-env", roles.environment],
    ["c-name", roles.account],
    ["c-id", roles.accountId],
    ["c-role", roles.role],
  ];
  const contact = contactLink(said, view.contact);
  return html`<section class="asking" aria-labelledby="asking"><h2 id="asking">${roles.askable}</h2>
<p class="hint">${fill(roles.askableLine, { contact })}</p>
<table role="table" class="reg list" aria-labelledby="asking"><thead role="rowgroup"><tr role="row">${columns.map(
    ([name, title]) => html`<th role="columnheader" scope="col" class="${name}">${title}</th>`,
  )}<th role="columnheader" scope="col" class="go"><span class="sr">${roles.actions}</span></th></tr></thead>
<tbody role="rowgroup">${rows.map((row) => askableRow(said, terms, row))}</tbody></table>
${more > 0 && html`<p class="hint">${fill(roles.askableMore, { count: more })}</p>`}</section>`;
}
