import assert from "node:assert/strict";
import type { Reply } from "../../../functions/respond.ts";
import { REFUSALS, type RefusalCode } from "../../../lib/core/errors.ts";
import { type Asked, eventOf } from "../../support/event.ts";
import { type FaultySignIns, readRefusal, signInBy, startAt } from "../../support/faulty-sign-in.ts";
import type { Row } from "./places.ts";

/** Refusals that people were shown, by reference; each must stand in the trail. */
export type Refused = Map<string, RefusalCode>;

/** The fault of a row, at this provider alone: others are walked at the same time. */
const breakFor = (here: FaultySignIns, { provider, breaks }: Row) =>
  breaks.map(({ host = new URL(here.broker.stack.urls[provider]).host, where, conduct, which }) =>
    here.providers.break(new RegExp(`^${host.replaceAll(".", "\\.")}.*${where.source}`), conduct, which),
  );

export const hasSession = (reply: Reply): boolean =>
  (reply.cookies ?? []).some((line) => /^__Host-session=[\w-]{43};/.test(line));

/** Walks one row: under its fault, and once more when that is mended. */
export async function walkRow(here: FaultySignIns, row: Row, refused: Refused): Promise<Reply> {
  const { provider, step } = row;
  const before = await here.broker.fresh("signin");
  const asked: Asked =
    step === "start"
      ? startAt(provider)
      : await here.answer(provider, await before(eventOf(startAt(provider))));
  const container = await here.broker.fresh("signin");

  const broken = breakFor(here, row);
  const reply = await container(eventOf(asked)).finally(() => {
    for (const one of broken) one.mend();
  });
  assert.ok(
    broken.some((one) => one.met() > 0),
    "the fault was met",
  );

  if (row.end === "done") assert.equal(reply.statusCode, 302, reply.body);
  else checkRefused(reply, row.end, provider, refused);
  if (step === "callback") {
    assert.equal(hasSession(reply), row.end === "done");
    // Whatever came of it, the answer is spent.
    const again = await container(eventOf(asked));
    assert.equal(readRefusal(again).code, "signin_expired");
  }

  // The same container is no worse for it; what it believes for 30 s, another need not.
  const next = row.lingers ? await here.broker.fresh("signin") : container;
  const { reply: mended } = await signInBy(here, next, provider);
  assert.ok(hasSession(mended), mended.body);
  return reply;
}

function checkRefused(reply: Reply, code: RefusalCode, provider: string, refused: Refused): void {
  const [status, sentence, , next] = REFUSALS[code];
  const said = readRefusal(reply);
  assert.equal(said.code, code, reply.body?.slice(0, 400));
  assert.equal(reply.statusCode, status);
  assert.ok(reply.body?.includes(sentence.slice(0, sentence.indexOf("."))));
  assert.equal(reply.headers?.["retry-after"], next === "retry" ? "5" : undefined);
  const ways: Partial<Record<typeof next, string>> = {
    retry: `/signin/${provider}`,
    sign_in: "/signin?to=%2F",
    ask_admin: "/",
  };
  assert.equal(said.next, ways[next], "a way to go on");
  assert.ok(said.reference !== undefined, "a reference id");
  refused.set(said.reference, code);
  assert.doesNotMatch(reply.body ?? "", /node_modules|ECONN|elsewhere\.example|Wi-Fi|OAUTH_|at \w+ \(/);
}
