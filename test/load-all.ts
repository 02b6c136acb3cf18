// Imports the files it is given and reports what that did: variables of the environment read by code of ours, and
// handles left open. Runs as a process of its own, which must end by itself.
import { join } from "node:path";

const root = process.cwd();
const environment = new Set<string>();
const real = process.env;
process.env = new Proxy(real, {
  get(target, name: string) {
    const caller = new Error().stack?.split("\n")[2] ?? "";
    if (caller.includes(`${root}/lib/`)) environment.add(`${name} ${caller.trim()}`);
    return target[name];
  },
});

const files = process.argv.slice(2);
for (const file of files) await import(join(root, file));
const open = process.getActiveResourcesInfo().filter((name) => !/^(?:TTYWrap|PipeWrap)$/.test(name));
console.log(JSON.stringify({ loaded: files.length, environment: [...environment], open }));
