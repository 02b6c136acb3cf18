import { REFUSALS, type Refusal } from "../lib/core/errors.ts";
import { type Language, words } from "../lib/core/messages/words.ts";
import type { World } from "../lib/core/world.ts";
import type { Deciding } from "../lib/flows/broker.ts";
import { decideFor } from "../lib/flows/decide.ts";
import type { At, Event, Fault } from "./middleware.ts";
import { refusalPage } from "./pages/refusal.ts";
import type { Next, RefusalView } from "./pages/view.ts";
import { page, type Reply } from "./respond.ts";
import { envOf } from "./rows.ts";
import { languageOf, pathOf, seenOf, whoIs } from "./visitor.ts";

/**
 * A refusal as a page: what happened, why, what to do, and the code with its reference.
 *
 * @param broker For names, and to know an administrator, who is shown the private detail too. When even that cannot be
 *   asked, the page does without.
 */
export const pageFault =
  (broker: () => Deciding): Fault =>
  async (refusal: Refusal, event: Event, at: At): Promise<Reply> => {
    const known = await asked(broker).catch(() => undefined);
    const admin = known !== undefined && (await isAdministrator(broker(), refusal, at).catch(() => false));
    const view = viewOf(refusal, event, at, known);
    return page(refusalPage(admin ? { ...view, raw: rawOf(refusal) } : view), { status: refusal.status });
  };

const asked = async (broker: () => Deciding): Promise<World> => broker().rules.world();

async function isAdministrator(broker: Deciding, { person }: Refusal, at: At): Promise<boolean> {
  if (person === undefined) return false;
  const { decision } = await decideFor(broker, person.identity, at.sourceIp);
  return decision.broker.includes("admin");
}

/** What the log holds of it, for whoever may read the log. */
const rawOf = ({ code, detail, cause }: Refusal): string =>
  JSON.stringify({ code, detail, ...(cause instanceof Error ? { cause: cause.name } : {}) }, null, 2);

function viewOf(refusal: Refusal, event: Event, at: At, world: World | undefined): RefusalView {
  const language = languageOf(event);
  const [, en, ja] = REFUSALS[refusal.code];
  const { person, about } = refusal;
  const account = about.accountId === undefined ? undefined : world?.accounts.get(about.accountId);
  return {
    language,
    path: pathOf(event),
    code: refusal.code,
    status: refusal.status,
    what: language === "ja" ? ja : en,
    reference: at.reference,
    about: {
      ...about,
      ...(account === undefined ? {} : { accountName: account.name, ...envOf(account.tags) }),
    },
    contact: contactOf(refusal, world),
    next: nextOf(refusal, language, pathOf(event)),
    ...(person === undefined ? {} : { seen: seenOf(person.identity) }),
    ...(person === undefined || world === undefined ? {} : { who: whoIs(person, world) }),
  };
}

/** Whom to ask: the connection's own contact before the broker's. */
function contactOf({ person }: Refusal, world: World | undefined): string {
  const connection = person === undefined ? undefined : world?.connections.get(person.identity.connection);
  return connection?.contact ?? world?.settings.contact ?? "your platform team";
}

/** The primary button. A place the person was on the way to is kept through a new sign-in. */
function nextOf(refusal: Refusal, language: Language, path: string): Next {
  const label = words(language).next[refusal.next];
  const onTheWay = path.startsWith("/console?") || path.startsWith("/credentials?");
  const to = refusal.about.to ?? (onTheWay ? path : "/");
  const connection = refusal.person?.identity.connection;
  if (refusal.next === "sign_in_mfa" && connection !== undefined) {
    return { label, href: `/signin/${connection}?${new URLSearchParams({ to, mfa: "1" })}` };
  }
  const signsIn = refusal.next === "sign_in" || refusal.next === "sign_in_mfa";
  return { label, href: signsIn ? `/signin?${new URLSearchParams({ to })}` : "/" };
}
