import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import type { FaultySignIns } from "../../support/faulty-sign-in.ts";
import { openFaultySignIns } from "../../support/faulty-sign-in.ts";
import { trailOf } from "../../support/table.ts";
import { everyConduct, PLACES, type Row } from "./places.ts";
import { type Refused, walkRow } from "./walks.ts";

let here: FaultySignIns;
const refused: Refused = new Map();
before(async () => {
  here = await openFaultySignIns();
});
after(() => here.stop());

const { entra, google } = PLACES;
const UNUSABLE = "oidc_discovery_unusable";
const NO_CONFIGURATION = {
  other: "provider_unreachable",
  "answers HTML": UNUSABLE,
  "answers an empty object": UNUSABLE,
  "answers a list": UNUSABLE,
  "answers null": UNUSABLE,
  "answers nothing": UNUSABLE,
} as const;
const FAILED = "oidc_provider_failed";
const NO_TOKEN = {
  other: "provider_unreachable",
  "is throttling": FAILED,
  "fails with 500": FAILED,
  "is closed with 503": FAILED,
  "answers HTML": FAILED,
  "answers nothing": "oidc_token_malformed",
  "answers an empty object": "oidc_token_missing",
  "answers a list": "oidc_token_missing",
  "answers null": "oidc_token_missing",
} as const;
const NO_KEYS = { other: "provider_unreachable" } as const;
const NO_GROUPS = { other: "groups_lookup_failed" } as const;

const ROWS: readonly Row[] = [
  ...everyConduct({ provider: "entra", step: "start", place: entra.configuration }, NO_CONFIGURATION),
  ...everyConduct({ provider: "entra", step: "callback", place: entra.token }, NO_TOKEN),
  ...everyConduct({ provider: "google", step: "callback", place: google.keys }, NO_KEYS),
  ...everyConduct({ provider: "google", step: "callback", place: google.configuration }, NO_CONFIGURATION, [
    "hangs up",
    "is throttling",
    "sends elsewhere",
  ]),
  ...everyConduct({ provider: "google", step: "callback", place: google.token }, NO_TOKEN, [
    "hangs up",
    "is throttling",
    "drips",
  ]),
  ...everyConduct({ provider: "entra", step: "callback", place: entra.groups }, NO_GROUPS, [
    "hangs up",
    "never answers",
    "is throttling",
    "answers an empty object",
  ]),
  ...everyConduct({ provider: "google", step: "callback", place: google.groups }, NO_GROUPS, [
    "hangs up",
    "drips",
    "is throttling",
    "answers an empty object",
  ]),
];

// Waiting costs no machine time: the providers are walked side by side.
describe("a sign-in whose provider fails ends in a right answer, or in a page that leads on", {
  concurrency: 2,
}, () => {
  for (const provider of ["entra", "google"] as const)
    describe(provider, { concurrency: 1 }, () => {
      for (const row of ROWS.filter((one) => one.provider === provider))
        test(`${row.name}: ${row.end}`, async () => {
          await walkRow(here, row, refused);
        });
    });
});

test("whoever was refused on the way back stands in the trail under the reference they were shown", async () => {
  const trail = new Map((await trailOf(here.broker.stack.urls)).map((event) => [event.id, event]));
  const answers = [...refused].filter(([reference]) => trail.has(reference));
  const back = ROWS.filter(({ step, end }) => step === "callback" && end !== "done").length;
  assert.equal(answers.length, back);
  for (const [reference, code] of answers) {
    const event = trail.get(reference);
    assert.deepEqual([event?.kind, event?.code], ["signin.refused", code]);
  }
});

test("nothing of it stands in the log but routes, codes and references", () => here.checkLog());
