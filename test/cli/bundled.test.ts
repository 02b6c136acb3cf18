import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test, { after, before } from "node:test";
import { bundleCli } from "../../infra/build-cli.ts";
import { idpMetadata } from "../../lib/saml/metadata.ts";
import { KEYS } from "../saml/genuine.ts";
import { folder, runProgram, serve } from "./run.ts";

const place = folder({ "config/a.yaml": 'kind: Account\nid: "111111111111"\nname: prod\n' });
const file = `${place.path}/sekisho.mjs`;
before(() => bundleCli(file));
after(() => place[Symbol.dispose]());

const offline = (...args: string[]) =>
  spawnSync(process.execPath, [file, ...args], { cwd: "/", encoding: "utf8", env: {} });

test("one file is the whole command line: every command, every help text, no folder around it", () => {
  const { stdout, status } = offline("--help");
  assert.equal(status, 0);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+)\b/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== "help");
  assert.ok(commands.length >= 10, commands.join(" "));
  for (const name of commands) assert.equal(offline(name ?? "", "--help").status, 0, name);
});

test("it loads what the source loads: XML, X.509 and YAML are inside", async () => {
  const metadata = await idpMetadata({
    entityId: "https://broker.example.com/saml/idp/metadata",
    certificates: [KEYS.idp.certificate],
    ssoUrl: "https://broker.example.com/saml/idp/sso",
  });
  await using broker = await serve(async () => ({ statusCode: 200, body: metadata }));
  const ran = await runProgram(file, ["accounts", "template"], { SEKISHO_URL: broker.url });
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /Default: https:\/\/broker\.example\.com/);
  assert.match(ran.out, /X509Certificate/);
  const decided = offline("rules", "explain", "-f", place.path, "--connection", "okta", "--claims", "{}");
  assert.match(decided.stdout + decided.stderr, /okta/);
});

test("a command that speaks to AWS finds its clients inside as well", () => {
  const { stderr, status } = offline("keys", "list", "--function", "sekisho-prod-admin");
  assert.equal(status, 1);
  assert.match(stderr, /[Rr]egion|[Cc]redential/);
  assert.doesNotMatch(stderr, /Cannot find|Dynamic require/);
});
