/** `npm test [-- WORD ...]`: every check there is, quickest to fail first; with words, the test files whose path has one. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

const bin = (name: string) => `node_modules/.bin/${name}`;
const started = Date.now();
const wanted = process.argv.slice(2);
const files = globSync("test/**/*.test.ts")
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

function finish(sentence: string, status: number): never {
  const seconds = Math.round((Date.now() - started) / 1000);
  (status === 0 ? console.log : console.error)(`\n${sentence} (${seconds} s)`);
  process.exit(status);
}

function step(title: string, command: string, args: string[]): void {
  console.log(`\n== ${title}`);
  const { status, signal, error } = spawnSync(command, args, { stdio: "inherit" });
  if (status === 0) return;
  const why = error?.message ?? (signal ? `ended by ${signal}` : `exit ${status}`);
  finish(`FAILED: ${title} (${why})`, status || 1);
}

if (files.length === 0) finish(`FAILED: no test file matches ${wanted.join(", ")}`, 1);
if (wanted.length === 0) {
  step("types", bin("tsc"), []);
  step("lint and format", bin("biome"), ["check", "--error-on-warnings"]);
  step("dead code", bin("knip"), ["--no-progress"]);
}
const options = ["--test", "--test-concurrency=2", "--test-timeout=300000"];
step(`tests, ${files.length} files`, process.execPath, [...options, ...files]);
finish(wanted.length === 0 ? "PASSED: everything" : `PASSED: ${files.length} test files`, 0);
