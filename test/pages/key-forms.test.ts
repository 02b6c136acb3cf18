import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { LOGIN } from "../../functions/pages/commands.ts";
import { keyText, lengthsOf, profileName, programText, valuesOf } from "../../functions/pages/key-forms.ts";
import { AT, rowsOf } from "./view-things.ts";

const [row] = rowsOf(1);
assert.ok(row);
const issued = {
  accessKeyId: "ASIAEXAMPLE7Q2M4T",
  secretAccessKey: "a/b+c=d",
  sessionToken: "IQoJ//=+==",
  expiresAt: AT,
  region: "eu-central-1",
  form: "env",
} as const;
const NAMES = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"];
/** What a shell makes of the text. */
const sourced = (text: string, names: readonly string[], path = "/usr/bin:/bin"): string[] =>
  execFileSync("sh", ["-c", `${text}\nprintf '%s\\0' ${names.map((name) => `"$${name}"`).join(" ")}`], {
    env: { HOME: "/home/sre", PATH: path },
    encoding: "utf8",
  })
    .split("\0")
    .slice(0, -1);

test("the shell form gives a shell exactly the keys", () => {
  assert.deepEqual(sourced(keyText("env", row, valuesOf(issued, true)), NAMES), [
    issued.accessKeyId,
    issued.secretAccessKey,
    issued.sessionToken,
    issued.region,
  ]);
});

test("no value, whatever it holds, runs anything in the shell it is pasted into", () => {
  const value = fc.string({ unit: "grapheme", minLength: 1 });
  const tricky = fc.constantFrom(
    "$(id)",
    "`id`",
    "a;id",
    "'\nid\n'",
    "a b",
    "'",
    '"',
    "\\",
    "$HOME",
    "~",
    "#",
    "a'b\"c",
  );
  fc.assert(
    fc.property(fc.oneof(tricky, value), (secretAccessKey) => {
      const text = keyText("env", row, valuesOf({ ...issued, secretAccessKey }, true));
      assert.deepEqual(sourced(text, NAMES.slice(1, 3)), [secretAccessKey, issued.sessionToken]);
    }),
    { numRuns: 40 },
  );
});

test("the JSON form is what credential_process answers", () => {
  assert.deepEqual(JSON.parse(keyText("json", row, valuesOf(issued, true))), {
    Version: 1,
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    SessionToken: issued.sessionToken,
    Expiration: "2026-11-22T09:58:00Z",
  });
});

test("the profile form is a section of the credentials file", () => {
  const lines = keyText("profile", row, valuesOf(issued, true)).split("\n");
  assert.equal(lines[0], "[prod-admin]");
  assert.ok(lines.includes(`aws_secret_access_key = ${issued.secretAccessKey}`));
  assert.ok(lines.includes("region = eu-central-1"));
});

test("masked text holds neither the secret nor the token, in any form", () => {
  for (const form of ["env", "profile", "json"] as const) {
    const text = keyText(form, row, valuesOf(issued, false));
    assert.ok(!text.includes(issued.secretAccessKey) && !text.includes(issued.sessionToken));
    assert.ok(text.includes(issued.accessKeyId));
  }
});

test("a profile is named in letters, digits and hyphens, and always named", () => {
  assert.equal(
    profileName({ ...row, accountName: "Pay Ments", role: "Read+Only@x" }),
    "pay-ments-read-only-x",
  );
  assert.equal(profileName({ ...row, accountName: "決済", role: "=" }), row.accountId);
});

test("a program is told the address of its own account and role, and gets its token as the command line prints it", () => {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-"));
  try {
    const command = join(folder, "sekisho");
    writeFileSync(command, "#!/bin/sh\necho \"export AWS_CONTAINER_AUTHORIZATION_TOKEN=sk_x ASKED='$*'\"\n");
    chmodSync(command, 0o755);
    const text = programText({ ...row, role: "Data Ops/x" }, "https://broker.example.com");
    const names = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "ASKED"];
    assert.deepEqual(sourced(text, names, `${folder}:/usr/bin:/bin`), [
      "https://broker.example.com/api/credentials/111111111111/Data%20Ops%2Fx",
      "sk_x",
      "login --for credentials --broker https://broker.example.com",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the command that pages name is one the command line has", () => {
  const help = execFileSync(process.execPath, ["cli/main.ts", "login", "--help"], {
    cwd: join(import.meta.dirname, "../.."),
    encoding: "utf8",
  });
  assert.equal(LOGIN.credentials, "sekisho login --for credentials");
  assert.match(help, /--for <purpose>[\s\S]*"credentials"/);
  assert.match(help, /--broker <url>/);
});

test("lengths offered never pass what the role allows", () => {
  assert.deepEqual(lengthsOf(900), [900]);
  assert.deepEqual(lengthsOf(3600), [900, 1800, 3600]);
  assert.deepEqual(lengthsOf(5400), [900, 1800, 3600, 5400]);
  assert.equal(lengthsOf(43_200).at(-1), 43_200);
});
