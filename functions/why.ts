import { type Bearer, sessionBearer, tokenBearer } from "../lib/flows/bearer.ts";
import type { Broker } from "../lib/flows/broker.ts";
import { whyOneself } from "../lib/flows/why.ts";
import { traceText } from "../lib/rules/trace-text.ts";
import { type At, type Event, input, query } from "./middleware.ts";
import { whyPage } from "./pages/why.ts";
import { json, page, type Reply, readSessionCookie } from "./respond.ts";
import { languageCookies, languageOf, pathOf, whoIs } from "./visitor.ts";
import { whyReply } from "./why-reply.ts";
import { Question } from "./why-shapes.ts";

type Asking = Pick<Broker, "clock" | "config" | "table" | "rules" | "pepper" | "stateOf" | "outbound">;

/** `GET /api/why`: whoever is signed in here or brings a token asks about themselves, and about nobody else. */
export async function whyAsJson(broker: Asking, event: Event, at: At): Promise<Reply> {
  const question = input(Question, query(event));
  const { authorization } = event.headers;
  const { identity } =
    authorization === undefined
      ? await sessionBearer(broker, readSessionCookie(event.cookies))
      : await tokenBearer(broker, authorization, "api");
  return json(whyReply(await whyOneself(broker, identity, question, at.sourceIp), languageOf(event)));
}

/** `GET /why`: the same as a page, for whoever is signed in. */
export async function whyAsPage(broker: Asking, bearer: Bearer, event: Event, at: At): Promise<Reply> {
  const language = languageOf(event);
  const { identity } = bearer;
  const { trace, contact } = await whyOneself(broker, identity, input(Question, query(event)), at.sourceIp);
  const view = {
    language,
    path: pathOf(event),
    who: whoIs(bearer, await broker.rules.world()),
    given: trace.outcome === "granted",
    text: traceText(trace, language, contact),
  };
  return page(whyPage(view), { cookies: languageCookies(event) });
}
