import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import type { ConnectionState } from "../../../lib/core/connection.ts";
import { sekisho } from "../../cli/run.ts";
import { signedIn } from "../../http/stack.ts";
import { CONDUCTS, type Conduct, type ConductName, changing } from "../../support/faulty-provider.ts";
import { type FaultySignIns, openFaultySignIns } from "../../support/faulty-sign-in.ts";
import { personToken } from "../../support/programs.ts";
import { itemsUnder, trailOf } from "../../support/table.ts";

let here: FaultySignIns;
before(async () => {
  here = await openFaultySignIns();
});
after(() => here.stop());

type Outcome = { readonly refreshed: number; readonly failed: number };

const METADATA = /\/sso\/saml\/metadata$/;
const round = async (): Promise<Outcome> => {
  const worker = (await here.broker.fresh("worker")) as unknown as () => Promise<Outcome>;
  return worker();
};
const breaks = (provider: "okta" | "ci", where: RegExp, conduct: Conduct) =>
  here.providers.break(
    new RegExp(`^${new URL(here.broker.stack.urls[provider]).host}.*${where.source}`),
    conduct,
  );

/** What is known of a connection, but for when it was read. */
async function known(id: string) {
  const [item] = await itemsUnder(here.broker.stack.urls, `CONNECTION#${id}`);
  const {
    refreshedAt: _,
    failedWith,
    writtenBy: __,
    ...kept
  } = item as unknown as ConnectionState & {
    writtenBy: string;
  };
  return { failedWith, kept };
}

const alarms = (from: number) =>
  here.printed.lines
    .slice(from)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ message }) => message === "provider alarm");

/** One round under a fault: the other connections go on, what was known stays, and an administrator hears of it. */
async function walk(provider: "okta" | "ci", where: RegExp, conduct: Conduct, code: string): Promise<void> {
  assert.deepEqual(await round(), { refreshed: 2, failed: 0 });
  const before = await known(provider);
  const said = here.printed.lines.length;
  const told = (await trailOf(here.broker.stack.urls)).length;

  const broken = breaks(provider, where, conduct);
  const outcome = await round().finally(broken.mend);
  assert.ok(broken.met() > 0, "the fault was met");
  assert.deepEqual(outcome, { refreshed: 1, failed: 1 });
  const after = await known(provider);
  assert.deepEqual(after.kept, before.kept);
  assert.equal(after.failedWith, code);

  const [alarm, ...others] = alarms(said);
  assert.deepEqual([alarm?.level, alarm?.connection, others.length], ["warn", provider, 0]);
  assert.ok(String(alarm?.alarm).endsWith(code));
  const [event, ...more] = (await trailOf(here.broker.stack.urls)).slice(told);
  assert.deepEqual(
    [event?.kind, event?.connection, event?.code, more.length],
    ["connection.refresh-failed", provider, code, 0],
  );
  assert.deepEqual(await round(), { refreshed: 2, failed: 0 });
  assert.equal((await known(provider)).failedWith, undefined);
}

const names = Object.keys(CONDUCTS) as ConductName[];
const FINE: readonly ConductName[] = ["answers late, and in time", "answers the wrong type"];
/** An answer, and none that is metadata. */
const UNREADABLE: readonly ConductName[] = [
  "answers HTML",
  "answers an empty object",
  "answers a list",
  "answers null",
  "answers nothing",
];

describe("a provider that is down stops no other, and what was known of it stays", () => {
  for (const conduct of names.filter((name) => !FINE.includes(name))) {
    const code = UNREADABLE.includes(conduct) ? "provider_metadata_invalid" : "provider_unreachable";
    test(`metadata: its provider ${conduct}: ${code}`, () => walk("okta", METADATA, CONDUCTS[conduct], code));
  }
  for (const conduct of FINE)
    test(`metadata: its provider ${conduct}: it is read`, async () => {
      const broken = breaks("okta", METADATA, CONDUCTS[conduct]);
      assert.deepEqual(await round().finally(broken.mend), { refreshed: 2, failed: 0 });
    });
  for (const conduct of ["hangs up", "is throttling", "answers HTML"] as const)
    test(`keys of a workload issuer: it ${conduct}`, () =>
      walk("ci", /\/\.well-known\/jwks$/, CONDUCTS[conduct], "provider_unreachable"));
});

const LOCATION = /Location="[^"]*"/g;
const hostile: readonly [what: string, change: (xml: string) => string, code: string][] = [
  [
    "another entity id",
    (xml) => xml.replace(/entityID="[^"]*"/, 'entityID="urn:x"'),
    "provider_metadata_other_entity",
  ],
  [
    "addresses in plain http",
    (xml) => xml.replace(LOCATION, 'Location="http://elsewhere.example/"'),
    "provider_metadata_invalid",
  ],
  [
    "addresses inside our own network",
    (xml) => xml.replace(LOCATION, 'Location="https://10.0.0.1/"'),
    "provider_metadata_invalid",
  ],
  [
    "a document type",
    (xml) => xml.replace("?>", '?><!DOCTYPE x SYSTEM "file:///etc/passwd">'),
    "provider_metadata_invalid",
  ],
  [
    "an end that is past",
    (xml) => xml.replace("entityID", 'validUntil="2001-01-01T00:00:00Z" entityID'),
    "provider_metadata_expired",
  ],
  [
    "two megabytes",
    (xml) => xml.replace("entityID", `x="${" ".repeat(2_000_000)}" entityID`),
    "provider_unreachable",
  ],
];

describe("a provider whose metadata turns hostile", () => {
  for (const [what, change, code] of hostile)
    test(`with ${what} is not believed: ${code}`, () => walk("okta", METADATA, changing(change), code));

  test("is read again by the command line with the same end, and people sign in all the while", async () => {
    const { stack } = here.broker;
    const { person } = await signedIn(stack, "okta", "sre");
    const environment = {
      SEKISHO_URL: stack.url,
      SEKISHO_TOKEN: await personToken(stack.urls, person, "api"),
    };
    const refresh = () => sekisho(["connections", "refresh", "okta"], environment);
    const before = await known("okta");
    const broken = breaks(
      "okta",
      METADATA,
      changing((xml) => xml.replace(/entityID="[^"]*"/, 'entityID="urn:x"')),
    );
    const refused = await refresh().finally(broken.mend);
    assert.match(refused.out, /^okta .*FAILED: provider_metadata_other_entity/m, refused.err);
    assert.deepEqual((await known("okta")).kept, before.kept);
    assert.equal((await signedIn(stack, "okta", "sre")).page.status, 200);
    const mended = await refresh();
    assert.doesNotMatch(mended.out, /FAILED/);
  });

  test("with other addresses is believed, and written down", async () => {
    const told = (await trailOf(here.broker.stack.urls)).length;
    const said = here.printed.lines.length;
    const broken = breaks(
      "okta",
      METADATA,
      changing((xml) => xml.replace(/(Location="[^"]*)"/g, '$1?moved"')),
    );
    await round().finally(broken.mend);
    assert.deepEqual(
      alarms(said).map(({ alarm }) => alarm),
      ["sso_url_changed"],
    );
    const [event] = (await trailOf(here.broker.stack.urls)).slice(told);
    assert.deepEqual([event?.kind, event?.connection], ["connection.refreshed", "okta"]);
    await round();
  });
});

test("nothing of it stands in the log but routes, codes and references", () => here.checkLog());
