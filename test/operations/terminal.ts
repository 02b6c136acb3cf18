import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ACCOUNTS } from "../../infra/local/aws/accounts.ts";
import { accountCredentials } from "../../infra/local/environment.ts";

/** How a script ended and what it said. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** An operator's terminal: a folder, a home with AWS profiles, `sekisho` and `aws` on the PATH, and variables that stay. */
export interface Terminal extends Disposable {
  readonly folder: string;
  /** Where `aws` and `osls` look for what AWS would know, and leave what it would be told. */
  readonly state: string;
  /**
   * Runs a script in a shell of its own, with what earlier ones exported; it ends at the first command that fails.
   *
   * @param onError Hears everything on stderr so far, whenever there is more.
   */
  run(script: string, onError?: (text: string) => void): Promise<Ran>;
  /** Exports a variable. */
  set(name: string, value: string): void;
  write(name: string, text: string): void;
  read(name: string): string;
}

const root = (path: string): string => new URL(`../../${path}`, import.meta.url).pathname;
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Programs of Node that a page may call, by name, and others that are played; what is not among them is the system's. */
const PROGRAMS = { sekisho: "cli/main.ts", aws: "test/operations/aws.ts" };

const SCRIPTS = {
  // A page never opens a window on the machine of whoever runs the tests.
  "xdg-open": "",
  // What is packaged is tested from the package.
  npm: 'case "$*" in ci | "run package") ;; *) echo "npm: $* is not known here" >&2; exit 254 ;; esac',
  npx: `if [ "$1 $2" != "osls deploy" ]; then echo "npx: $* is not known here" >&2; exit 254; fi
shift 2
printf '%s\\0' "$@" >"$AWS_LOOK_ALIKE_STATE/deploy"`,
};

const CLOCK = "test/support/later.ts";

/** @param environment Where AWS is, and what the stack-in-place of `aws` has to know. */
export function openTerminal(environment: Readonly<Record<string, string>>): Terminal {
  const place = mkdtempSync(join(tmpdir(), "sekisho-operator-"));
  const folder = join(place, "desk");
  const bin = join(place, "bin");
  const exported = join(place, "environment");
  for (const one of [folder, bin, join(place, "home", ".aws")]) mkdirSync(one, { recursive: true });
  for (const [name, file] of Object.entries(PROGRAMS)) {
    const path = join(bin, name);
    writeFileSync(
      path,
      `#!/bin/sh\nexec ${quoted(process.execPath)} --import ${quoted(root(CLOCK))} ${quoted(root(file))} "$@"\n`,
    );
    chmodSync(path, 0o755);
  }
  for (const [name, script] of Object.entries(SCRIPTS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  writeProfiles(join(place, "home", ".aws"));
  let variables: Record<string, string> = {
    ...environment,
    HOME: join(place, "home"),
    PATH: `${bin}:${process.env.PATH ?? ""}`,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_LOOK_ALIKE_STATE: place,
  };
  return {
    folder,
    state: place,
    set: (name, value) => {
      variables = { ...variables, [name]: value };
    },
    write: (name, text) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    },
    read: (name) => readFileSync(join(folder, name), "utf8"),
    run: async (script, onError = () => {}) => {
      const ran = await runShell(`${script}\nenv -0 >${quoted(exported)}`, folder, variables, onError);
      if (ran.code === 0) variables = readVariables(exported);
      return ran;
    },
    [Symbol.dispose]: () => rmSync(place, { recursive: true, force: true }),
  };
}

/** `broker` is the broker's account; every other account of the organization is a profile of its name. */
function writeProfiles(folder: string): void {
  const profiles = ACCOUNTS.map(({ id, name }) => {
    const { accessKeyId, secretAccessKey } = accountCredentials(id);
    return `[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  });
  writeFileSync(join(folder, "credentials"), profiles.join("\n"), { mode: 0o600 });
}

const readVariables = (file: string): Record<string, string> =>
  Object.fromEntries(
    readFileSync(file, "utf8")
      .split("\0")
      .filter(Boolean)
      .map((entry): [string, string] => [
        entry.slice(0, entry.indexOf("=")),
        entry.slice(entry.indexOf("=") + 1),
      ]),
  );

function runShell(
  script: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
  onError: (text: string) => void,
): Promise<Ran> {
  const child = spawn("bash", ["--norc", "-euo", "pipefail", "-c", script], {
    cwd,
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
    onError(err);
  });
  return new Promise((ended, failed) => {
    child.on("error", failed);
    child.on("close", (code) => ended({ code, out, err }));
  });
}
