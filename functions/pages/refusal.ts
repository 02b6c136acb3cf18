import { type Words, words } from "../../lib/core/messages/words.ts";
import { gatePage } from "./frame.ts";
import { fill, type Html, href, html } from "./html.ts";
import {
  contactLink,
  copyButton,
  type Fact,
  ICONS,
  notes,
  pass,
  seal,
  seenFacts,
  where,
  whoLine,
} from "./parts.ts";
import type { RefusalView } from "./view.ts";

type Family = keyof Words["why"];

/** The first pattern that fits decides. */
const FAMILIES: readonly [pattern: RegExp, family: Family][] = [
  [
    /^(?:saml|oidc)_(?:.*_)?(?:in_future|not_yet|not_yet_valid|expired|issued_too_long_ago)$|^saml_too_old$/,
    "clock",
  ],
  [/^(?:saml|oidc)_/, "verification"],
  [/^signin_/, "signin"],
  [/^(?:scope_invalid|session_tags_|configuration_|publish_|would_|groups_overage)/, "setup"],
  [/^session_/, "session"],
  [/^admin_/, "admin"],
  [/^forgery_/, "forgery"],
  [/^role_denied$/, "denied"],
  [/^(?:role|mfa)_/, "rules"],
  [/^(?:scope|narrowing|policy)_/, "narrowing"],
  [/^aws_(?:throttled|unreachable|assertion_\w+)$/, "awsBusy"],
  [/^aws_/, "aws"],
  [/^(?:provider|connection|groups)_/, "provider"],
  [/^(?:token|workload)_/, "token"],
  [/^(?:broker|keys|rules)_/, "fault"],
];

/** Which kind of no a code is; it decides the sentence that says why. */
export const familyOf = (code: string): Family =>
  FAMILIES.find(([pattern]) => pattern.test(code))?.[1] ?? "request";

/** The first sentence is the headline, without its full stop; what follows explains it. */
function headline(what: string): [first: string, rest: string] {
  const [, first = what, rest = ""] = /^(.+?)(?:\.(?=\s|$)|。)\s*(.*)$/s.exec(what) ?? [];
  return [first, rest];
}

function factsOf(view: RefusalView, said: Words): Fact[] {
  const { about, who, seen } = view;
  const code = (text: string | undefined): Html | undefined =>
    text === undefined ? undefined : html`<code>${text}</code>`;
  return [
    [said.facts.who, who && whoLine(view.language, who)],
    [said.facts.where, where(about)],
    [said.facts.as, about.role === undefined ? undefined : html`<span class="mono">${about.role}</span>`],
    about.wants === undefined
      ? [said.facts.rule, code(about.rule)]
      : [
          said.facts.nearest,
          fill(said.facts.nearestLine, { rule: code(about.rule), wants: code(about.wants.join("; ")) }),
        ],
    [said.facts.scope, code(about.scope)],
    [said.facts.connection, who || about.connection === undefined ? undefined : html`${about.connection}`],
    ...(seen ? seenFacts(said, seen) : []),
  ];
}

const hint = (said: Words, text: string | undefined): Html | undefined =>
  text === undefined
    ? undefined
    : html`<div class="note wait">${ICONS.warn}<div><p><b>${said.refusal.hint}</b></p><p id="hint">${text}</p></div>${copyButton(said, "hint", said.common.copy)}</div>`;

const cause = (said: Words, text: string | undefined): Html | undefined =>
  text === undefined
    ? undefined
    : html`<details class="raw"><summary>${said.refusal.raw}</summary><pre tabindex="0">${text}</pre></details>`;

/** What happened, why, what to do; then the code and the reference, small. */
export function refusalPage(view: RefusalView): string {
  const said = words(view.language);
  const [what, more] = headline(view.what);
  const facts = factsOf(view, said);
  return gatePage(view, {
    title: said.refusal.title,
    wide: true,
    script: "copy",
    main: html`<div class="verdict">${seal("stop")}<div><h1>${what}</h1>${more !== "" && html`<p>${more}</p>`}<p class="soft">${view.why ?? said.why[familyOf(view.code)]}</p></div></div>
${facts.some(([, value]) => value !== undefined) && pass(facts, view.about.env)}
${notes(said, view.seen?.notes ?? [])}
${hint(said, view.about.hint)}
<div class="acts"><a class="btn primary big" href="${href(view.next.href)}">${view.next.label}</a>${
      view.who && view.next.href !== "/" && html`<a class="btn big" href="/">${said.common.allRoles}</a>`
    }${view.whyHref !== undefined && html`<a class="btn big" href="${href(view.whyHref)}">${said.explain.link}</a>`}</div>
${/^\/signin\?(?:.*&)?to=/.test(view.next.href) && html`<p class="soft">${said.refusal.place}</p>`}
<p class="soft">${fill(said.refusal.ask, { contact: contactLink(said, view.contact) })}</p>
${cause(said, view.raw)}`,
    foot: html`<span><code id="code">${view.code}</code><br><span id="reference">${fill(said.common.reference, { reference: html`<code>${view.reference}</code>` })}</span></span>${copyButton(said, "code reference", said.common.copy, "bare")}`,
  });
}
