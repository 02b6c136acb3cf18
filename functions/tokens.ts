import { isRefusal } from "../lib/core/errors.ts";
import { sessionBearer } from "../lib/flows/bearer.ts";
import { answerCli, askForCli, redeemCode } from "../lib/flows/cli-token.ts";
import { openBase } from "../lib/flows/open.ts";
import { http, input, jsonBody, once, query, routes } from "./middleware.ts";
import { pageFault } from "./page-fault.ts";
import { approveCliPage } from "./pages/approve-cli.ts";
import { json, page, readSessionCookie, redirect } from "./respond.ts";
import { Answer, Authorize, Redeem } from "./shapes.ts";
import { csrfOf, languageCookies, languageOf, pathOf, whoIs } from "./visitor.ts";

const broker = once(() => openBase(process.env));

const fault = pageFault(() => broker());

/** `GET /api/login/authorize`: asks the person whether the program on this machine is theirs. */
const authorize = http(async (event) => {
  const { purpose, port, state, challenge } = input(Authorize, query(event));
  const secret = readSessionCookie(event.cookies);
  try {
    const bearer = await sessionBearer(broker(), secret);
    const [ticket, world] = await Promise.all([
      askForCli(broker(), bearer, { purpose, port, state, challenge }),
      broker().rules.world(),
    ]);
    const answer = (deny: Record<string, string>) =>
      `/api/login/approve?${new URLSearchParams({ ticket, ...deny })}`;
    const view = {
      language: languageOf(event),
      path: pathOf(event),
      csrf: csrfOf(secret ?? ""),
      who: whoIs(bearer, world),
      purpose,
      port,
      approveHref: answer({}),
      denyHref: answer({ deny: "1" }),
    };
    return page(approveCliPage(view), { cookies: languageCookies(event) });
  } catch (thrown) {
    if (!isRefusal(thrown, "session_required") && !isRefusal(thrown, "session_expired")) throw thrown;
    return redirect(`/signin?${new URLSearchParams({ to: pathOf(event) })}`);
  }
}, fault);

/** `GET /api/login/approve`: the person's yes or no. The ticket is the proof that our own page asked. */
const approve = http(async (event, at) => {
  const { ticket, deny } = input(Answer, query(event));
  const bearer = await sessionBearer(broker(), readSessionCookie(event.cookies));
  return redirect(await answerCli(broker(), bearer, ticket, deny === undefined ? "approve" : "deny", at));
}, fault);

/** `POST /api/login/token`: the CLI redeems its code. */
const redeem = http(async (event, at) =>
  json(await redeemCode(broker(), input(Redeem, jsonBody(event)), at)),
);

export const handler = routes({
  "GET /api/login/authorize": authorize,
  "GET /api/login/approve": approve,
  "POST /api/login/token": redeem,
});
