import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import test, { after, before } from "node:test";
import type { RefusalCode } from "../../../lib/core/errors.ts";
import { eventOf } from "../../support/event.ts";
import {
  type FaultyBroker,
  openFaultyBroker,
  signedInCookies,
  tokenFor,
} from "../../support/faulty-broker.ts";
import type { Lie } from "../../support/faulty-wire.ts";
import { trailOf } from "../../support/table.ts";
import { tapConsole } from "../../support/wire.ts";
import type { Path } from "./rows.ts";
import { checkRefused, type Prepared, prepare, WALKS } from "./walks.ts";

// AWS answers well formed and in time, and it is not so.
let broker: FaultyBroker;
let here: Prepared;
let log: ReturnType<typeof tapConsole>;
before(async () => {
  log = tapConsole();
  broker = await openFaultyBroker();
  const cookies = await signedInCookies(broker);
  here = await prepare(broker, cookies, await tokenFor(broker, cookies, "api"));
});
after(async () => {
  log.stop();
  await broker.stop();
});

const saying = (from: RegExp, to: string): Lie => ({
  tell: ({ text }) => ({ text: text.replace(from, to) }),
});
const answering = (status: number, type: string, text: string, more: Record<string, string> = {}): Lie => ({
  tell: () => ({ status, headers: { "content-type": type, ...more }, text }),
});
const PAGE = answering(200, "text/html", "<html><body>Scheduled maintenance</body></html>");
const ELSEWHERE = answering(302, "text/html", "", { location: "https://elsewhere.example/" });
const expiring = (seconds: number): Lie => ({
  tell: ({ text }) => ({
    text: text.replace(
      /(<Expiration>)[^<]*/,
      (_, tag: string) => tag + new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+/, ""),
    ),
  }),
});
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const signature = (bytes: Buffer): Lie => ({
  tell: ({ text }) => ({
    text: JSON.stringify({ ...(JSON.parse(text) as object), Signature: bytes.toString("base64") }),
  }),
});

const STS = "AssumeRoleWithSAML";
/** What is answered, to what, and how it ends; whose key, if one was given, must be in the trail all the same. */
const LIES: readonly (readonly [
  what: string,
  operation: string,
  lie: Lie,
  end: RefusalCode,
  given?: "given",
])[] = [
  [
    "STS gives a session of another role",
    STS,
    saying(/assumed-role\/[^/<]+/, "assumed-role/Other"),
    "aws_answer_wrong",
    "given",
  ],
  [
    "STS gives a session of another account",
    STS,
    saying(/(sts::)\d{12}/, "$1444444444444"),
    "aws_answer_wrong",
    "given",
  ],
  [
    "STS gives somebody else's session",
    STS,
    saying(/(assumed-role\/[^/]+\/)[^<]+/, "$1somebody"),
    "aws_answer_wrong",
    "given",
  ],
  ["STS gives credentials that have expired", STS, expiring(-3600), "aws_answer_wrong", "given"],
  ["STS gives credentials for ever", STS, expiring(10 * 86_400), "aws_answer_wrong", "given"],
  ["STS gives an expiry that is no date", STS, saying(/(<Expiration>)[^<]*/, "$1-3600"), "aws_unreachable"],
  [
    "STS leaves the secret out",
    STS,
    saying(/<SecretAccessKey>[^<]*<\/SecretAccessKey>/, ""),
    "aws_unreachable",
  ],
  ["STS leaves the token out", STS, saying(/<SessionToken>[^<]*<\/SessionToken>/, ""), "aws_unreachable"],
  ["STS leaves everything out", STS, saying(/<Credentials>[\s\S]*<\/Credentials>/, ""), "aws_unreachable"],
  ["STS answers a page", STS, PAGE, "aws_unreachable"],
  ["STS sends elsewhere", STS, ELSEWHERE, "aws_unreachable"],
  [
    "STS has the region switched off",
    STS,
    answering(
      403,
      "text/xml",
      "<ErrorResponse><Error><Type>Sender</Type><Code>RegionDisabledException</Code><Message>STS is not activated in this region for account:1.</Message></Error></ErrorResponse>",
    ),
    "aws_region_disabled",
  ],
  [
    "KMS signs with another key",
    "Sign",
    signature(sign("sha256", Buffer.from("x"), privateKey)),
    "aws_provider_outdated",
  ],
  ["KMS signs with too few bytes", "Sign", signature(Buffer.alloc(128, 1)), "aws_provider_outdated"],
  ["KMS signs with no byte", "Sign", signature(Buffer.alloc(0)), "broker_unavailable"],
  ["KMS answers a page", "Sign", PAGE, "broker_unavailable"],
];
const FEDERATION: readonly (readonly [what: string, lie: Lie, end: RefusalCode])[] = [
  ["leaves the token out", answering(200, "application/json", "{}"), "aws_unreachable"],
  ["answers an empty token", answering(200, "application/json", '{"SigninToken":""}'), "aws_unreachable"],
  [
    "answers a list of tokens",
    answering(200, "application/json", '{"SigninToken":["a"]}'),
    "aws_unreachable",
  ],
  ["answers a page", PAGE, "aws_unreachable"],
  ["sends elsewhere", ELSEWHERE, "aws_unreachable"],
  [
    "answers without end",
    answering(200, "application/json", `{"SigninToken":"${"a".repeat(70_000)}"}`),
    "aws_unreachable",
  ],
  ["refuses", answering(403, "text/html", "no"), "aws_refused"],
];

async function lied(path: Exclude<Path, "worker">, operation: string, lie: Lie) {
  const walk = WALKS[path];
  const asked = await walk.ask(here);
  const container = await broker.fresh(walk.functionName);
  broker.wires.aws.answers.length = 0;
  broker.wires.aws.schedule = (passing) => (passing.operation === operation ? lie : undefined);
  const reply = await container(eventOf(asked)).finally(broker.heal);
  assert.ok(
    broker.wires.aws.asked.some(({ fault }) => fault === "lie"),
    "the lie was told",
  );
  return { walk, container, reply };
}

/** What STS truly gave before its answer was changed. */
const secretsGiven = (): string[] =>
  broker.wires.aws.answers.flatMap(({ text }) =>
    [...text.matchAll(/<(?:SecretAccessKey|SessionToken)>([^<]+)</g)].map(([, secret = ""]) => secret),
  );

for (const path of ["program credentials", "credentials page", "console"] as const)
  for (const [what, operation, lie, end, given] of LIES) {
    if (path !== "program credentials" && given === undefined) continue;
    test(`${path}: where ${what}, nothing is handed out: ${end}`, async () => {
      const { walk, container, reply } = await lied(path, operation, lie);
      checkRefused(reply, { end, path });
      const said = `${reply.body} ${JSON.stringify(reply.headers)}`;
      assert.doesNotMatch(said, /SigninToken|elsewhere/);
      for (const secret of secretsGiven()) assert.ok(!said.includes(secret), "a secret shows");
      if (given !== undefined) {
        const keys = broker.wires.aws.answers.flatMap(
          ({ text }) => /<AccessKeyId>(\w+)/.exec(text)?.[1] ?? [],
        );
        const trail = await trailOf(broker.stack.urls);
        const told = trail.filter(
          ({ accessKeyId }) => accessKeyId !== undefined && keys.includes(accessKeyId),
        );
        assert.deepEqual(
          told.map(({ code }) => code),
          [end],
          "the key that was given is told to the trail",
        );
      }
      assert.ok(walk.done(await container(eventOf(await walk.ask(here)))), "afterwards");
    });
  }

for (const [what, lie, end] of FEDERATION)
  test(`console: where the sign-in federation ${what}, nobody is taken anywhere: ${end}`, async () => {
    const { walk, container, reply } = await lied("console", "getSigninToken", lie);
    checkRefused(reply, { end, path: "console" });
    assert.ok(walk.done(await container(eventOf(await walk.ask(here)))), "afterwards");
  });

test("console: a token of the federation cannot say where it leads", async () => {
  const SigninToken = "x&Destination=https://elsewhere.example/&Action=logout#";
  const lie = answering(200, "application/json", JSON.stringify({ SigninToken }));
  const { reply } = await lied("console", "getSigninToken", lie);
  const url = new URL(String(reply.headers?.location));
  assert.equal(url.origin, broker.wires.aws.url);
  assert.deepEqual(url.searchParams.getAll("SigninToken"), [SigninToken]);
  assert.equal(url.searchParams.getAll("Destination").length, 1);
  assert.equal(url.searchParams.get("Action"), "login");
});
