/** `npm test`: every check there is, in the order in which they are quickest to fail. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

const bin = (name: string) => `node_modules/.bin/${name}`;
const wanted = process.argv.slice(2);
const files = globSync("test/**/*.test.ts").filter(
  (file) => wanted.length === 0 || wanted.some((part) => file.includes(part)),
);

function step(title: string, command: string, args: string[]): void {
  console.log(`\n== ${title}`);
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status === 0) return;
  console.error(`\n${title}: failed (${command} ${args.join(" ").slice(0, 120)})`);
  process.exit(status ?? 1);
}

if (wanted.length === 0) {
  step("types", bin("tsc"), []);
  step("lint and format", bin("biome"), ["check", "--error-on-warnings"]);
}
if (files.length === 0) {
  console.error(`No test file matches ${wanted.join(", ")}.`);
  process.exit(1);
}
step(`tests (${files.length} files)`, process.execPath, ["--test", "--test-concurrency=2", ...files]);
