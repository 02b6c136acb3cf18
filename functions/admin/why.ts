import * as v from "valibot";
import { Refusal } from "../../lib/core/errors.ts";
import { recordLook } from "../../lib/flows/admin.ts";
import { personNamed, whyAnybody } from "../../lib/flows/why.ts";
import { pickLanguage } from "../pages/language.ts";
import { json } from "../respond.ts";
import { Explained, Question } from "../why-shapes.ts";
import { broker } from "./open.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

const Text = v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1024)));
const Digits = v.pipe(v.string(), v.regex(/^\d{1,12}$/, "write epoch seconds"), v.toNumber());

/** The bearer where nobody is named. */
const Asked = v.object({
  ...Question.entries,
  /** By opaque id. */
  person: v.optional(v.pipe(v.string(), v.regex(/^[0-9A-Z]{26}$/, "write the id of a person"))),
  /** Or as their provider knows them. */
  connection: Text,
  subject: Text,
  /** By the rules of now, as if it were then. */
  at: v.optional(Digits),
});

/** The id of whoever is named; undefined where nobody is. @throws {Refusal} `request_invalid`. */
async function personAsked({
  person,
  connection,
  subject,
}: v.InferOutput<typeof Asked>): Promise<string | undefined> {
  if (connection === undefined && subject === undefined) return person;
  if (connection === undefined || subject === undefined || person !== undefined)
    throw new Refusal(
      "request_invalid",
      {},
      { about: { hint: "Name a person by `person`, or by `connection` and `subject` together." } },
    );
  return personNamed(broker(), connection, subject);
}

const why = adminRoute(
  {
    does: "Why somebody has a role, or has not: what was proven of them last, and every rule that could give it or take it away.",
    query: Asked,
    doing: "audits",
    answers: Explained,
    refuses: ["person_unknown"],
  },
  async ({ query, who, at: { reference, sourceIp } }) => {
    const { whyReply } = await import("../why-reply.ts");
    const person = await personAsked(query);
    await recordLook(broker(), who, reference, "why", person === undefined ? {} : { person });
    const about = person === undefined ? { identity: who.identity, sourceIp } : { personId: person };
    const answer = await whyAnybody(broker(), about, query, query.at);
    return json(whyReply(answer, pickLanguage(undefined, query.lang)));
  },
);

export const whyRoutes: AdminRoutes = { "GET /api/admin/why": why };
