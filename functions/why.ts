import { sessionBearer, tokenBearer } from "../lib/flows/bearer.ts";
import type { Broker } from "../lib/flows/broker.ts";
import { whyOneself } from "../lib/flows/why.ts";
import { type At, type Event, input, query } from "./middleware.ts";
import { json, type Reply, readSessionCookie } from "./respond.ts";
import { languageOf } from "./visitor.ts";
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
