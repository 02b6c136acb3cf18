import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { ROOT } from "../../infra/build.ts";
import { type Answer, type Asked, type Client, openClient } from "../bench/load/client.ts";
import { newTally, providerSession, signInOnce } from "../bench/load/drive.ts";
import { ciToken } from "../support/programs.ts";
import { roundsOf, startSlowWire } from "../support/slow-wire.ts";
import { openStack, type Stack } from "./stack.ts";

/** Slow enough that what waits for something else cannot overlap with it by chance. */
const WIRE_MILLISECONDS = 40;

let stack: Stack;
let table: Awaited<ReturnType<typeof startSlowWire>>;
let aws: typeof table;
const children: ChildProcess[] = [];

before(async () => {
  stack = await openStack();
  table = await startSlowWire(stack.urls.dynamodb, WIRE_MILLISECONDS);
  aws = await startSlowWire(stack.urls.aws, WIRE_MILLISECONDS);
});
after(async () => {
  for (const child of children) child.disconnect();
  await Promise.all([table?.stop(), aws?.stop()]);
  await stack?.stop();
});

/** A container that has answered nothing yet, with a slow network before it. */
async function freshContainer(): Promise<string> {
  const services = ["STS", "KMS", "SECRETS_MANAGER", "LAMBDA"].map((name) => [
    `AWS_ENDPOINT_URL_${name}`,
    aws.url,
  ]);
  const child = fork(join(ROOT, "test/bench/load/broker.ts"), ["functions/*.ts"], {
    env: {
      PATH: process.env.PATH,
      ...stack.environment,
      ...Object.fromEntries(services),
      AWS_ENDPOINT_URL_DYNAMODB: table.url,
      SEKISHO_FEDERATION_URL: `${aws.url}/federation`,
    },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  children.push(child);
  const [{ url }] = await once(child, "message");
  return url;
}

interface Seen {
  readonly path: string;
  readonly answer: Answer;
  readonly rounds: readonly string[];
}

/** A client of one container that writes down the rounds of each of its requests. */
function watch(container: string, seen: Seen[]): Client {
  const client = openClient({ [stack.url]: container });
  return {
    close: client.close,
    ask: async (url: string, asked?: Asked) => {
      const answer = await client.ask(url, asked);
      const rounds = roundsOf([...table.take(), ...aws.take()]);
      if (url.startsWith(stack.url)) seen.push({ path: new URL(url).pathname, answer, rounds });
      return answer;
    },
  };
}

/** What a path asked for twice did in a container that was new, and then in the same one. */
async function coldAndWarm(path: RegExp, once: (client: Client) => Promise<unknown>): Promise<[Seen, Seen]> {
  const seen: Seen[] = [];
  const client = watch(await freshContainer(), seen);
  await once(client);
  await once(client);
  client.close();
  const [cold, warm] = seen.filter((one) => path.test(one.path));
  assert.ok(cold !== undefined && warm !== undefined, `nothing was asked of ${path}`);
  return [cold, warm];
}

/** Sends everything elsewhere until the path is met, so that a container's first request is this one. */
function onlyFrom(path: RegExp, container: Client): Client {
  const direct = openClient({});
  return {
    close: direct.close,
    ask: (url, asked) => (path.test(new URL(url).pathname) ? container : direct).ask(url, asked),
  };
}

const signIn = (path: RegExp) => async (client: Client) => {
  const through = onlyFrom(path, client);
  const tally = newTally();
  await signInOnce(through, stack.urls, await providerSession(through, stack.urls), tally);
  through.close();
};

const ACS = /^\/saml\/okta\/acs$/;
test("the ACS waits three times, once more in a new container, and once in the life of a broker for its pepper", async (t) => {
  const [cold, warm] = await coldAndWarm(ACS, signIn(ACS));
  t.diagnostic(`cold ${cold.rounds.join(" > ")}; warm ${warm.rounds.join(" > ")}`);
  assert.ok(warm.rounds.length <= 3, warm.rounds.join(" > "));
  assert.ok(cold.rounds.length <= 5, cold.rounds.join(" > "));
});

test("a program's credentials take five waits at most", async (t) => {
  const authorization = await ciToken(stack.urls);
  const url = `${stack.url}/api/credentials/222222222222/Deploy?scope=s3-read&parameters.bucket=demo`;
  const [cold, warm] = await coldAndWarm(/^\/api\/credentials/, async (client) => {
    const { status, text } = await client.ask(url, { headers: { authorization } });
    assert.equal(status, 200, text);
  });
  t.diagnostic(`cold ${cold.rounds.join(" > ")}; warm ${warm.rounds.join(" > ")}`);
  assert.ok(warm.rounds.length <= 5, warm.rounds.join(" > "));
  assert.ok(cold.rounds.length <= 7, cold.rounds.join(" > "));
});

test("a console takes six waits at most", async (t) => {
  let cookie = "";
  const capture = openClient({});
  const watching: Client = {
    close: capture.close,
    ask: async (url, asked) => {
      const answer = await capture.ask(url, asked);
      const set = answer.headers["set-cookie"]?.find((line) => line.startsWith("__Host-session="));
      if (set !== undefined) cookie = set.slice(0, set.indexOf(";"));
      return answer;
    },
  };
  await signInOnce(watching, stack.urls, await providerSession(watching, stack.urls), newTally());
  watching.close();
  const [cold, warm] = await coldAndWarm(/^\/console$/, async (client) => {
    const { status, text } = await client.ask(`${stack.url}/console?account=111111111111&role=Admin`, {
      headers: { cookie, "sec-fetch-site": "same-origin" },
    });
    assert.equal(status, 302, text);
  });
  t.diagnostic(`cold ${cold.rounds.join(" > ")}; warm ${warm.rounds.join(" > ")}`);
  assert.ok(warm.rounds.length <= 6, warm.rounds.join(" > "));
  assert.ok(cold.rounds.length <= 7, cold.rounds.join(" > "));
});
