// Installs what is missing, on a machine that has only Node 20 and npm. Plain JavaScript on purpose: it runs before
// anything else exists. `--browser` also sees to Chromium and xmlsec1, which the tests drive.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "node_modules", ".sekisho-installed");
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

/** Packages, exactly as the lock file says; skipped when that was done already. */
function installPackages() {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Installing packages (about a minute, once) ...");
  // `npm ci` refuses a lock file that was made where packages of other platforms are not to be had; `install` does not,
  // and takes the same versions, since all of ours are exact.
  const options = ["--no-audit", "--no-fund", "--loglevel=error"];
  const npm = (how, stdio) => spawnSync("npm", [...how, ...options], { cwd: root, stdio }).status === 0;
  if (!npm(["ci"], "ignore") && !npm(["install", "--no-save"], ["ignore", 2, 2])) {
    console.error(
      "npm install failed. Read its message above; behind a proxy, set it with `npm config set proxy URL`.",
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

const has = (command) => spawnSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" }).status === 0;

/** Debian packages the tests use. Missing ones are a failure in CI and a loud skip elsewhere. */
function installTools() {
  const missing = Object.entries({ chromium: "chromium", xmlsec1: "xmlsec1" }).filter(
    ([command]) => !has(command),
  );
  if (missing.length === 0) return;
  const names = missing.map(([, name]) => name);
  if (process.getuid?.() === 0 && has("apt-get")) {
    console.error(`Installing ${names.join(" and ")} ...`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    try {
      execFileSync("apt-get", ["update", "-qq"], { stdio: "ignore", env });
      execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], {
        stdio: ["ignore", 2, 2],
        env,
      });
    } catch {
      console.error(`apt-get could not install ${names.join(" and ")}.`);
    }
  }
  const still = missing.filter(([command]) => !has(command)).map(([command]) => command);
  if (still.length === 0) return;
  console.error(
    `MISSING: ${still.join(", ")}. Tests that need them ${process.env.CI ? "fail" : "are skipped"}.`,
  );
  if (process.env.CI) process.exit(1);
}

installPackages();
if (process.argv.includes("--browser")) installTools();
