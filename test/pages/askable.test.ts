import assert from "node:assert/strict";
import test from "node:test";
import { rolesPage } from "../../functions/pages/roles.ts";
import type { RolesView } from "../../functions/pages/view.ts";
import { words } from "../../lib/core/messages/words.ts";
import { AT, rowsOf } from "./view-things.ts";
import { PAGES } from "./views.ts";

const page = (more: Partial<RolesView>): string =>
  rolesPage({
    language: "en",
    path: "/",
    who: { name: "sre", connection: "Okta", since: AT },
    rows: rowsOf(3),
    askable: [],
    admin: false,
    organization: "",
    contact: "the desk",
    notes: [],
    ...more,
  });
const askable = rowsOf(9).slice(6);
/** What of a page stands in the section of roles that may be asked for. */
const section = (text: string): string => /<section class="asking"[\s\S]*?<\/section>/.exec(text)?.[0] ?? "";

test("nothing is said of asking where nothing may be asked for", () => {
  assert.equal(section(page({})), "");
  assert.equal(section(page({ askable, filter: "zzz" })), "");
});

test("what may be asked for leads to no console and to no credentials, and says whom to ask", () => {
  const said = section(page({ askable }));
  assert.equal(said.match(/<tr role="row" class="eligible">/g)?.length, 3);
  assert.doesNotMatch(said, /\/console|\/credentials|<button|<form/);
  assert.match(said, /ask the desk\./);
});

test("the search of the register finds what may be asked for as well, and marks it", () => {
  const said = section(page({ askable, filter: "staging" }));
  assert.equal(said.match(/class="eligible"/g)?.length, 1);
  assert.match(said, /<mark>staging<\/mark>/);
});

test("it stands on the first page of the register alone", () => {
  const rows = rowsOf(230);
  assert.notEqual(section(page({ rows, askable, page: 1 })), "");
  assert.equal(section(page({ rows, askable, page: 2 })), "");
});

for (const language of ["en", "ja"] as const)
  test(`whoever has nothing and may ask is told so, and how many more there are (${language})`, () => {
    const { roles } = words(language);
    const said = PAGES["home-asking"]?.(language) ?? "";
    assert.ok(said.includes(`<p>${roles.noneNow}</p>`));
    assert.ok(section(said).includes(roles.askableMore.replace("{count}", "5")));
    assert.ok(section(said).includes(roles.askable));
  });
