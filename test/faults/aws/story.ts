import assert from "node:assert/strict";
import type { Reply } from "../../../functions/respond.ts";
import { readSeed } from "../../../infra/local/seed.ts";
import { type Asked, eventOf } from "../../support/event.ts";
import {
  answered,
  approveRequest,
  askForTicket,
  codeOf,
  codeRequest,
  consoleRequest,
  cookiesOf,
  type FaultyBroker,
  programRequest,
  registerRequest,
  signOutRequest,
  startRequest,
} from "../../support/faulty-broker.ts";
import type { Fault, Schedule } from "../../support/faulty-wire.ts";
import type { Path } from "./rows.ts";

/** What people and programs may do, one after the other. */
export const ACTS = [
  "sign in",
  "answer again",
  "look",
  "console",
  "program",
  "command line",
  "publish",
  "sign out",
] as const;

/** So many requests of one kind on one wire, from the numbered one on, that meet a fault. */
export interface Hit {
  readonly wire: "dynamodb" | "aws";
  /** Pattern of the requests that are meant; every one is by "". */
  readonly on: string;
  readonly from: number;
  readonly times: number;
  readonly fault: Fault;
}

/** One thing done while the wires do what they do. */
export interface Step {
  readonly act: (typeof ACTS)[number];
  readonly who: "sre" | "outsider";
  readonly hits: readonly Hit[];
}

/** One answer of ours, and on which path. */
export interface Said {
  readonly path: Exclude<Path, "worker">;
  readonly reply: Reply;
}

export interface Held {
  readonly who: Step["who"];
  readonly cookies: readonly string[];
}

/** Everything that was handed out, and what it was handed out for. */
export interface Book {
  readonly said: Said[];
  /** A provider's answers, and the session secrets that came of each. */
  readonly answers: { readonly who: Step["who"]; readonly asked: Asked; readonly secrets: string[] }[];
  readonly sessions: Held[];
  /** Tickets and codes, and how often each gave something. */
  readonly spent: { readonly what: string; times: number }[];
  readonly tokens: string[];
  /** Versions of the configuration that somebody saw. */
  readonly versions: Set<number>;
}

export const newBook = (): Book => ({
  said: [],
  answers: [],
  sessions: [],
  spent: [],
  tokens: [],
  versions: new Set(),
});

export interface Told {
  readonly broker: FaultyBroker;
  readonly book: Book;
  readonly workload: string;
  readonly adminToken: string;
  /** Sessions from before the story. */
  readonly standing?: Readonly<Record<Step["who"], Held>>;
  /** Looks at what is published, while somebody publishes: its version, which must be whole. */
  readonly watch: () => Promise<number>;
}

let editions = 0;

/** A whole configuration of which every part says which edition it is. */
export function editionOf(port: number, number: number): readonly object[] {
  const seed = readSeed(port).map((one) =>
    one.kind === "Settings" ? { ...one, organization: `Edition ${number}` } : one,
  );
  const mark = {
    kind: "Rule",
    id: `edition-${number}`,
    connection: "okta",
    effect: "allow",
    when: [{ claim: "groups", equals: "sre" }],
    grant: { roles: ["ReadOnly"], accounts: ["333333333333"] },
  };
  return [...seed, mark];
}

/** What requests are told apart by, on either wire. */
export const ON: Readonly<Record<Hit["wire"], readonly string[]>> = {
  dynamodb: [
    "",
    "AUDIT#",
    "SESSION#",
    "SIGNIN#",
    "REPLAY#",
    "GRANT#",
    "BUCKET#",
    "PutItem",
    "SNAPSHOT#",
    '"HEAD"',
  ],
  aws: ["", "Sign ", "AssumeRoleWithSAML", "getSigninToken"],
};

function scheduleOf(hits: readonly Hit[], wire: Hit["wire"]): Schedule {
  const ours = hits.filter((hit) => hit.wire === wire).map((hit) => ({ ...hit, asked: 0 }));
  return ({ operation, body }) => {
    const text = `${operation} ${body}`;
    let fault: Fault | undefined;
    for (const hit of ours) {
      if (!new RegExp(hit.on).test(text)) continue;
      const number = hit.asked++;
      if (number >= hit.from && number < hit.from + hit.times) fault ??= hit.fault;
    }
    // Only a batch can be answered in part.
    return fault === "unprocessed" && operation !== "BatchGetItem" ? undefined : fault;
  };
}

/** Lets the wires break as a step says while something is asked of one new container. */
async function under(
  { broker, book }: Told,
  step: Step,
  functionName: string,
  path: Said["path"],
  asked: readonly Asked[],
): Promise<Reply[]> {
  const container = await broker.fresh(functionName);
  for (const wire of ["dynamodb", "aws"] as const) broker.wires[wire].schedule = scheduleOf(step.hits, wire);
  const replies = await Promise.all(asked.map((one) => container(eventOf(one)))).finally(broker.heal);
  for (const reply of replies) book.said.push({ path, reply });
  return replies;
}

export const sessionOf = (reply: Reply): string | undefined =>
  /^__Host-session=([\w-]{43});/m.exec((reply.cookies ?? []).join("\n"))?.[1];

async function signIn(told: Told, step: Step): Promise<void> {
  const [begun] = await under(told, step, "signin", "sign-in start", [startRequest()]);
  if (begun === undefined || (begun.statusCode !== 302 && !/SAMLRequest/.test(begun.body ?? ""))) return;
  const asked = await answered(told.broker.stack, begun, step.who);
  const answer = { who: step.who, asked, secrets: [] };
  told.book.answers.push(answer);
  await arrive(told, step, answer, 1);
}

/** An answer comes, so many times at once. */
async function arrive(told: Told, step: Step, answer: Book["answers"][number], times: number) {
  const replies = await under(told, step, "signin", "ACS", Array(times).fill(answer.asked));
  for (const reply of replies) {
    const secret = sessionOf(reply);
    if (secret === undefined) continue;
    answer.secrets.push(secret);
    told.book.sessions.push({ who: answer.who, cookies: cookiesOf(reply) });
  }
}

async function commandLine(told: Told, step: Step, { cookies }: Held): Promise<void> {
  const { broker, book } = told;
  const probe = await (await broker.fresh("credentials"))(eventOf(registerRequest(cookies)));
  if (probe.statusCode !== 200) return; // they signed out
  const { ticket, verifier } = await askForTicket(broker, cookies, "api");
  const yes = approveRequest(ticket, cookies);
  const codes = (await under(told, step, "tokens", "CLI approval", [yes, yes])).flatMap(
    (reply) => codeOf(reply) ?? [],
  );
  book.spent.push({ what: "ticket", times: codes.length });
  for (const code of codes) {
    const redeem = codeRequest(code, verifier);
    const replies = await under(told, step, "tokens", "CLI token", [redeem, redeem]);
    const tokens = replies.flatMap(({ body = "" }) => /"token":"(sk_[\w-]{43})"/.exec(body)?.[1] ?? []);
    book.spent.push({ what: "code", times: tokens.length });
    book.tokens.push(...tokens);
  }
}

async function publish(told: Told, step: Step): Promise<void> {
  const number = ++editions;
  const port = Number(new URL(told.broker.stack.url).port);
  const asked = {
    route: "POST /api/admin/apply",
    headers: { authorization: told.adminToken, "content-type": "application/json" },
    body: JSON.stringify({ objects: editionOf(port, number) }),
  };
  const watching = async () => {
    for (let looks = 0; looks < 3; looks++) told.book.versions.add(await told.watch());
  };
  await Promise.all([under(told, step, "admin", "admin apply", [asked]), watching()]);
  told.book.versions.add(await told.watch());
}

/** Does one step, faults and all; what cannot be done yet is left out. */
export async function live(told: Told, step: Step): Promise<void> {
  const { book, workload } = told;
  const held = book.sessions.findLast(({ who }) => who === step.who) ?? told.standing?.[step.who];
  const answer = book.answers.at(-1);
  if (step.act === "sign in") await signIn(told, step);
  else if (step.act === "publish") await publish(told, step);
  else if (step.act === "program")
    await under(told, step, "credentials", "program credentials", [programRequest(workload)]);
  else if (step.act === "answer again") {
    if (answer !== undefined) await arrive(told, step, answer, 3);
  } else if (held !== undefined) await withSession(told, step, held);
}

async function withSession(told: Told, step: Step, held: Held): Promise<void> {
  const { cookies } = held;
  if (step.act === "look") await under(told, step, "credentials", "register", [registerRequest(cookies)]);
  if (step.act === "console") await under(told, step, "credentials", "console", [consoleRequest(cookies)]);
  const stands = held === told.standing?.[step.who]; // for the stories that come after
  if (step.act === "sign out" && !stands)
    await under(told, step, "signin", "sign-out", [signOutRequest(cookies)]);
  if (step.act === "command line") await commandLine(told, step, held);
}

/** Signs in while all is well, and says what that person is to the broker. */
export async function signedIn(told: Told, who: Step["who"]): Promise<Held> {
  await signIn(told, { act: "sign in", who, hits: [] });
  return told.book.sessions.findLast((one) => one.who === who) ?? assert.fail(`${who} is not let in`);
}
