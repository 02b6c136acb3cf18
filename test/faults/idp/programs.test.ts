import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { eventOf } from "../../support/event.ts";
import { programRequest } from "../../support/faulty-broker.ts";
import {
  CONDUCTS,
  type Conduct,
  type ConductName,
  changingJson,
  sayingJson,
} from "../../support/faulty-provider.ts";
import { type FaultySignIns, openFaultySignIns } from "../../support/faulty-sign-in.ts";
import { ciToken } from "../../support/programs.ts";
import { forgetItem, trailOf } from "../../support/table.ts";

let here: FaultySignIns;
before(async () => {
  here = await openFaultySignIns();
});
after(() => here.stop());

const names = Object.keys(CONDUCTS) as ConductName[];
const FINE: readonly ConductName[] = ["answers late, and in time", "answers the wrong type"];
const CONFIGURATION = /\/\.well-known\/openid-configuration$/;
const KEYS = /\/\.well-known\/jwks$/;

/** A container that has seen nothing, and a table in which no worker left keys. */
async function cold() {
  await forgetItem(here.broker.stack.urls, "CONNECTION#ci", "STATE");
  const container = await here.broker.fresh("credentials");
  const token = await ciToken(here.broker.stack.urls);
  return () => container(eventOf(programRequest(token)));
}

async function walk(where: RegExp, conduct: Conduct, end: string): Promise<void> {
  const ask = await cold();
  const { host } = new URL(here.broker.stack.urls.ci);
  const broken = here.providers.break(new RegExp(`^${host}.*${where.source}`), conduct);
  const reply = await ask().finally(broken.mend);
  assert.ok(broken.met() > 0, "the fault was met");
  const said: Record<string, string> = JSON.parse(reply.body ?? "");
  if (end === "done") assert.match(said.AccessKeyId ?? "", /^ASIA/);
  else {
    assert.equal(said.code, end, reply.body);
    assert.equal(reply.statusCode, 502);
    assert.deepEqual(Object.keys(said), ["code", "message"], "SDKs show these");
    assert.equal(reply.headers?.["retry-after"], end === "provider_unreachable" ? "5" : undefined);
    const [reference] = /[0-9A-HJKMNP-TV-Z]{26}/.exec(said.message ?? "") ?? [];
    const event = (await trailOf(here.broker.stack.urls)).find(({ id }) => id === reference);
    assert.deepEqual([event?.kind, event?.code, event?.connection], ["credentials.refused", end, "ci"]);
  }
  const again = await ask();
  assert.equal(again.statusCode, 200, again.body);
}

const UNUSABLE: readonly ConductName[] = [
  "answers HTML",
  "answers an empty object",
  "answers a list",
  "answers null",
  "answers nothing",
];

describe("a program whose issuer fails is answered in the words of its wire, and served when it comes again", () => {
  for (const conduct of names) {
    const end = FINE.includes(conduct) ? "done" : "provider_unreachable";
    test(`the issuer's keys: it ${conduct}: ${end}`, () => walk(KEYS, CONDUCTS[conduct], end));
  }
  for (const conduct of ["never answers", "is throttling", "sends elsewhere", ...UNUSABLE] as const) {
    const end = UNUSABLE.includes(conduct) ? "oidc_discovery_unusable" : "provider_unreachable";
    test(`the issuer's configuration: it ${conduct}: ${end}`, () =>
      walk(CONFIGURATION, CONDUCTS[conduct], end));
  }
  const elsewhere = "https://elsewhere.example";
  for (const [what, where, conduct, end] of [
    [
      "a configuration of another issuer",
      CONFIGURATION,
      changingJson((it) => ({ ...it, issuer: elsewhere })),
      "oidc_discovery_mismatch",
    ],
    [
      "keys inside our own network",
      CONFIGURATION,
      changingJson((it) => ({ ...it, jwks_uri: "http://169.254.169.254/" })),
      "provider_unreachable",
    ],
    [
      "symmetric keys alone",
      KEYS,
      sayingJson({ keys: [{ kty: "oct", kid: "ci-1", k: "AAAA" }] }),
      "provider_unreachable",
    ],
    [
      "thousands of keys",
      KEYS,
      sayingJson({ keys: Array(3000).fill({ kty: "RSA", n: "AQAB", e: "AQAB" }) }),
      "provider_unreachable",
    ],
  ] as const)
    test(`an issuer that says ${what}: ${end}`, () => walk(where, conduct, end));
});

test("a program whose issuer is down is served by the keys that the worker left", async () => {
  const worker = (await here.broker.fresh("worker")) as unknown as () => Promise<{ refreshed: number }>;
  assert.equal((await worker()).refreshed, 2);
  const { host } = new URL(here.broker.stack.urls.ci);
  const token = await ciToken(here.broker.stack.urls);
  const broken = here.providers.break(new RegExp(`^${host}/`), CONDUCTS["hangs up"]);
  const container = await here.broker.fresh("credentials");
  const reply = await container(eventOf(programRequest(token))).finally(broken.mend);
  assert.equal(reply.statusCode, 200, reply.body);
  assert.equal(broken.met(), 0, "nobody was asked");
});

test("nothing of it stands in the log but routes, codes and references", () => here.checkLog());
