import assert from "node:assert/strict";
import type { Reply } from "../../../functions/respond.ts";
import { readSeed } from "../../../infra/local/seed.ts";
import { REFUSALS } from "../../../lib/core/errors.ts";
import { PROGRAM_LIMITS } from "../../../lib/core/limits.ts";
import type { Asked } from "../../support/event.ts";
import { eventOf } from "../../support/event.ts";
import {
  answered,
  approveRequest,
  askForTicket,
  at,
  codeOf,
  consoleRequest,
  type FaultyBroker,
  keysRequest,
  programRequest,
  redeemRequest,
  registerRequest,
  signedInCookies,
  signOutRequest,
  startRequest,
  workloadToken,
} from "../../support/faulty-broker.ts";
import { trailOf } from "../../support/table.ts";
import type { Path, Row } from "./rows.ts";

/** What a walk needs that was made while all was well. */
export interface Prepared {
  readonly broker: FaultyBroker;
  readonly cookies: readonly string[];
  readonly adminToken: string;
  readonly token: string;
}

interface Walk {
  readonly functionName: string;
  /** What is asked while the fault lasts; made while all is well. */
  readonly ask: (here: Prepared) => Promise<Asked>;
  /** Whether it was done, and done right. */
  readonly done: (reply: Reply) => boolean;
  /** What a person or a program does afterwards; the same, where absent. */
  readonly again?: (here: Prepared) => Promise<Asked>;
}

const json = (reply: Reply): Record<string, unknown> => JSON.parse(reply.body ?? "{}");
let editions = 0;

const begin = async ({ broker }: Prepared): Promise<Asked> => {
  const signin = await broker.fresh("signin");
  return answered(broker.stack, await signin(eventOf(startRequest())));
};
const apply = async ({ broker, adminToken }: Prepared): Promise<Asked> => ({
  route: "POST /api/admin/apply",
  headers: { authorization: adminToken, "content-type": "application/json" },
  body: JSON.stringify({
    objects: readSeed(Number(new URL(broker.stack.url).port)).map((one) =>
      one.kind === "Settings" ? { ...one, organization: `Edition ${++editions}` } : one,
    ),
  }),
});

const hasSession = (reply: Reply): boolean =>
  (reply.cookies ?? []).some((line) => /^__Host-session=[\w-]{43};/.test(line));

export const WALKS: Readonly<Record<Exclude<Path, "worker">, Walk>> = {
  "CLI approval": {
    functionName: "tokens",
    ask: async ({ broker, cookies }) =>
      approveRequest((await askForTicket(broker, cookies, "api")).ticket, cookies),
    done: (reply) => reply.statusCode === 302 && codeOf(reply) !== undefined,
    again: async ({ broker, cookies }) =>
      approveRequest((await askForTicket(broker, cookies, "api")).ticket, cookies),
  },
  "sign-out": {
    functionName: "signin",
    ask: async ({ broker }) => signOutRequest(await signedInCookies(broker)),
    done: ({ statusCode, headers }) => statusCode === 302 && headers?.location === "/signout",
  },
  "sign-in start": {
    functionName: "signin",
    ask: async () => startRequest(),
    done: ({ statusCode = 0, body = "" }) => statusCode === 302 || /SAMLRequest/.test(body),
  },
  ACS: {
    functionName: "signin",
    ask: begin,
    done: (reply) => reply.statusCode === 302 && hasSession(reply),
    again: begin, // the page leads back to the provider: an answer may be spent although nothing came of it
  },
  register: {
    functionName: "credentials",
    ask: async ({ cookies }) => registerRequest(cookies),
    done: ({ statusCode, body = "" }) => statusCode === 200 && /333333333333/.test(body),
  },
  console: {
    functionName: "credentials",
    ask: async ({ cookies }) => consoleRequest(cookies),
    done: ({ statusCode, headers }) => statusCode === 302 && /SigninToken=/.test(String(headers?.location)),
  },
  "credentials page": {
    functionName: "credentials",
    ask: ({ broker, cookies }) => keysRequest(broker, cookies),
    done: ({ statusCode, body = "" }) => statusCode === 200 && /ASIA/.test(body),
  },
  "program credentials": {
    functionName: "credentials",
    ask: async ({ token }) => programRequest(token),
    done: (reply) => reply.statusCode === 200 && /^ASIA/.test(String(json(reply).AccessKeyId)),
  },
  "CLI token": {
    functionName: "tokens",
    ask: ({ broker, cookies }) => redeemRequest(broker, cookies, "api"),
    done: (reply) => reply.statusCode === 200 && /^sk_/.test(String(json(reply).token)),
    again: ({ broker, cookies }) => redeemRequest(broker, cookies, "api"),
  },
  "admin apply": {
    functionName: "admin",
    ask: apply,
    done: (reply) => reply.statusCode === 200 && /published|unchanged/.test(String(json(reply).outcome)),
  },
};

/** Walks one row: under its fault, and once more when that is mended. */
export async function walkRow(here: Prepared, row: Row): Promise<void> {
  if (row.path === "worker") return walkWorker(here, row);
  const { broker } = here;
  const walk = WALKS[row.path];
  const asked = await walk.ask(here);
  const container = await broker.fresh(walk.functionName);
  const wire = row.service === "DynamoDB" ? broker.wires.dynamodb : broker.wires.aws;
  wire.asked.length = 0;
  wire.schedule = at(row.fault, row.fits, row.lasts === "once" ? 1 : undefined);
  const before = wire.asked.length;
  const began = performance.now();
  const reply = await container(eventOf(asked)).finally(broker.heal);
  const took = performance.now() - began;
  assert.ok(
    wire.asked.slice(before).some(({ fault }) => fault === row.fault),
    "the fault was met",
  );

  // A program listens for so long and no longer: on a machine that is busy there was no time for another try.
  const late = row.path === "program credentials" && took > PROGRAM_LIMITS.tryUntilMilliseconds;
  if (row.end !== "done") checkRefused(reply, row);
  else if (!walk.done(reply) && late) checkRefused(reply, { path: row.path, end: row.otherwise });
  else assert.ok(walk.done(reply), `${reply.statusCode} ${reply.body}`);
  await checkLaws(here, reply);

  // Whoever was let down comes again: people by the page's button, programs by themselves.
  const again = await container(eventOf(await (walk.again ?? walk.ask)(here))).finally(broker.heal);
  assert.ok(walk.done(again), `afterwards: ${again.statusCode} ${again.body?.slice(0, 300)}`);
  await checkLaws(here, again);
}

/** A refusal of ours, with this code, a reference, and a way to go on; nothing of what failed shows through. */
export function checkRefused(reply: Reply, { end, path }: Pick<Row, "end" | "path">): void {
  const code = /id="code">(\w+)</.exec(reply.body ?? "")?.[1] ?? String(json(reply).code);
  if (end === "done") return;
  assert.equal(code, end, reply.body?.slice(0, 400));
  const [status, , , next] = REFUSALS[end];
  assert.equal(reply.statusCode, status);
  const seconds = end === "publish_in_progress" ? "60" : "5";
  const passes = end === "publish_in_progress" || (next === "retry" && (status === 502 || status === 503));
  assert.equal(reply.headers?.["retry-after"], passes ? seconds : undefined);
  assert.match(reply.body ?? "", /\b[0-9A-HJKMNP-TV-Z]{26}\b/, "a reference id");
  const isPage = String(reply.headers?.["content-type"]).startsWith("text/html");
  assert.equal(isPage, !["program credentials", "CLI token", "admin apply"].includes(path));
  if (isPage) assert.match(reply.body ?? "", /class="btn primary big" href="\/[^"]*"/, "a way to go on");
  assert.ok(!hasSession(reply));
  assert.doesNotMatch(reply.body ?? "", /node_modules|at \w+ \(|ECONN|socket hang up|com\.amazonaws/);
}

/** Nothing is handed out that the trail does not know. */
async function checkLaws({ broker }: Prepared, reply: Reply): Promise<void> {
  const trail = await trailOf(broker.stack.urls);
  const handed = /\bASIA[A-Z0-9]{12,}\b/.exec(reply.body ?? "")?.[0];
  if (handed !== undefined)
    assert.ok(trail.some(({ kind, accessKeyId }) => kind === "credentials.issued" && accessKeyId === handed));
  if (hasSession(reply))
    assert.equal(trail.filter(({ kind }) => kind === "signin.finished").length > 0, true);
}

async function walkWorker({ broker }: Prepared, row: Row): Promise<void> {
  const worker = (await broker.fresh("worker")) as unknown as () => Promise<{
    refreshed: number;
    failed: number;
  }>;
  broker.wires.dynamodb.schedule = at(row.fault, row.fits, row.lasts === "once" ? 1 : undefined);
  const outcome = await worker()
    .catch((thrown: { code?: string }) => thrown)
    .finally(broker.heal);
  if (row.end === "done") assert.ok("refreshed" in outcome && outcome.failed === 0, String(outcome));
  else assert.equal("code" in outcome ? outcome.code : "", row.end);
  const { failed, refreshed } = await worker();
  assert.deepEqual([failed, refreshed > 0], [0, true]);
}

export const prepare = async (
  broker: FaultyBroker,
  cookies: readonly string[],
  adminToken: string,
): Promise<Prepared> => ({ broker, cookies, adminToken, token: await workloadToken(broker) });
