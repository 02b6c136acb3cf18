import { rolesPage } from "../../functions/pages/roles.ts";
import type { Language } from "../../lib/core/messages/words.ts";
import { plainly, rowsOf, type Say, who } from "./view-things.ts";

/** The register in every state that looks different. */
export const REGISTER: Readonly<Record<string, (language: Language, say?: Say) => string>> = {
  home: (language, say = plainly) =>
    rolesPage({
      language,
      path: "/",
      csrf: say("csrf-token"),
      who: who(say),
      rows: rowsOf(24, say),
      askable: rowsOf(40, say).slice(30),
      admin: true,
      organization: say("Example Corp"),
      contact: say("mailto:platform@example.com"),
      notes: [],
    }),
  "home-many": (language, say = plainly) =>
    rolesPage({
      language,
      path: "/?page=2",
      who: who(say),
      rows: rowsOf(230, say),
      askable: rowsOf(240, say),
      admin: false,
      organization: say(""),
      contact: say("your platform team"),
      page: 2,
      notes: ["groups_lookup_failed", "groups_incomplete", say("odd")],
    }),
  "home-search": (language, say = plainly) =>
    rolesPage({
      language,
      path: "/?q=prod",
      who: who(say),
      rows: rowsOf(24, say),
      askable: rowsOf(40, say).slice(30),
      admin: false,
      organization: "",
      contact: say("your platform team"),
      filter: say("prod adm"),
      notes: [],
    }),
  "home-nothing": (language, say = plainly) =>
    rolesPage({
      language,
      path: "/?q=none",
      who: who(say),
      rows: rowsOf(24, say),
      askable: [],
      admin: false,
      organization: say("Example Corp"),
      contact: say("your platform team"),
      filter: say("payments zzz"),
      notes: [],
    }),
  "home-asking": (language, say = plainly) =>
    rolesPage({
      language,
      path: "/",
      who: who(say),
      rows: [],
      askable: rowsOf(205, say),
      admin: false,
      organization: say("Example Corp"),
      contact: say("your platform team"),
      notes: [],
    }),
};
