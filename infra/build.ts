import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type OutputFile, type Plugin } from "esbuild";
import { readDeployment } from "./local/routes.ts";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Names of the functions that serverless.yml deploys; each is `functions/<name>.ts`. */
export const functionNames = (): string[] => [
  ...readDeployment(readFileSync(join(ROOT, "serverless.yml"), "utf8")).functions.keys(),
];

const BUILTIN = new RegExp(`^(?:node:.+|(?:${builtinModules.join("|")}))$`);

/**
 * Takes Node's own modules from `process.getBuiltinModule`.
 *
 * An ESM import of node:http costs 38 ms on Node 24, because its namespace reads a getter that loads undici; this
 * way it costs 3 ms, for every dependency at once.
 */
const builtins: Plugin = {
  name: "builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: BUILTIN }, ({ path, kind }) => ({
      path,
      namespace: NAMESPACES[kind] ?? "builtin",
      sideEffects: false,
    }));
    onLoad({ filter: /.*/, namespace: "builtin-required" }, ({ path }) => ({
      contents: `module.exports = ${builtinModule(path)};`,
    }));
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: exporting(path, namesOf(path)),
    }));
    // Whoever takes a whole module later gets the names whose reading loads nothing.
    onLoad({ filter: /.*/, namespace: "builtin-later" }, ({ path }) => ({
      contents: exporting(path, namesOf(path, "plain")),
    }));
  },
};

const NAMESPACES: Readonly<Record<string, string>> = {
  "require-call": "builtin-required",
  "dynamic-import": "builtin-later",
};

const builtinModule = (path: string): string => `process.getBuiltinModule(${JSON.stringify(path)})`;

/** Names that nobody asks for are left out: copying all of node:crypto into each of twenty files took milliseconds. */
const exporting = (path: string, names: readonly string[]): string => `
  const it = /* @__PURE__ */ (() => ${builtinModule(path)})();
  export default it;
  ${names.map(exported).join("\n")}`;

/** Functions behind getters that load more, here all of Web Crypto: they are taken from there when they are called. */
const WHEN_CALLED = new Set(["getRandomValues"]);

const exported = (name: string): string =>
  WHEN_CALLED.has(name)
    ? `export const ${name} = (...all) => it.${name}(...all);`
    : `export const ${name} = /* @__PURE__ */ (() => it.${name})();`;

/** Names a module of Node exports; `plain` are those that no getter stands behind. */
const namesOf = (path: string, which: "all" | "plain" = "all"): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(path) ?? {}))
    .filter(([name, { get }]) => /^[A-Za-z_$][\w$]*$/.test(name) && !(which === "plain" && get !== undefined))
    .map(([name]) => name)
    .filter((name) => name !== "default");

/**
 * On Lambda credentials and settings come from the environment and from nowhere else: no profile files, no sign-on
 * caches, no instance metadata, no endpoints to discover. Leaving those out is 14 ms and a good deal of code that must
 * not run there.
 */
const environmentAlone: Plugin = {
  name: "environment-alone",
  setup({ onResolve, onLoad }) {
    const instead = Object.entries(INSTEAD);
    onResolve({ filter: /^@aws-sdk\// }, ({ path }) =>
      Object.hasOwn(INSTEAD, path) ? { path, namespace: "environment" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "environment" }, ({ path }) => ({
      contents: instead.find(([name]) => name === path)?.[1] ?? "",
      resolveDir: ROOT,
    }));
    onLoad({ filter: /\/node-config-provider\/fromSharedConfigFiles\.js$/ }, () => ({ contents: NO_FILES }));
    onLoad({ filter: /\/util-body-length\/calculateBodyLength\.js$/ }, () => ({ contents: NO_STREAMS }));
    onLoad({ filter: /\/serde\/uuid\/v4\.js$/ }, () => ({ contents: NO_WEB_CRYPTO, resolveDir: ROOT }));
    // The SDK wants its version for the User-Agent, and takes its whole package.json for it.
    onLoad({ filter: /\/@aws-sdk\/[^/]+\/package\.json$/ }, ({ path }) => {
      const { version }: { version: string } = JSON.parse(readFileSync(path, "utf8"));
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};

const INSTEAD: Readonly<Record<string, string>> = {
  "@aws-sdk/credential-provider-node": `import { fromEnv } from "@aws-sdk/credential-provider-env";
    export const defaultProvider = fromEnv;`,
  "@aws-sdk/endpoint-cache": "export class EndpointCache {}",
};

/** What the SDK's chain of settings takes for "not here": the default comes next. */
const NO_FILES = `import { ProviderError } from "../property-provider/ProviderError";
  const nothing = async () => { throw new ProviderError("no files are read here", {}); };
  export const fromSharedConfigFiles = () => nothing;`;

/** What is sent is text or bytes. Asking whether it is a file loads all that Node has for files. */
const NO_STREAMS = `export const calculateBodyLength = (body) =>
  body ? (typeof body === "string" ? Buffer.byteLength(body) : body.byteLength) : 0;`;

/** The global `crypto` is all of Web Crypto, for one random number. */
const NO_WEB_CRYPTO = `import { randomUUID } from "node:crypto";
  export const bindV4 = () => randomUUID;`;

/** What esbuild made of one function: its files with paths under `dist`, and where every byte came from. */
export interface Bundle {
  readonly name: string;
  readonly files: readonly OutputFile[];
  readonly metafile: Metafile;
}

/** Bundles one function. Modules behind `import()` become chunks that load when they are needed. Writes nothing. */
export async function bundle(name: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { [name]: `functions/${name}.ts` },
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    chunkNames: `${name}/[name]-[hash]`,
    assetNames: `${name}/[name]-[hash]`,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    banner: {
      // Some CommonJS packages ask for modules by a computed name, which a bundle in ESM cannot answer otherwise.
      js: 'let asked;const require=(id)=>(asked??=process.getBuiltinModule("node:module").createRequire(import.meta.url))(id);',
    },
    plugins: [builtins, environmentAlone],
    metafile: true,
    write: false,
    logLevel: "error",
  });
  return onlyReachable({ name, files: outputFiles, metafile });
}

/** An `import()` in code that was left out still makes a chunk; such chunks are nobody's and must not be shipped. */
function onlyReachable({ name, files, metafile: { inputs, outputs } }: Bundle): Bundle {
  const reached = reachable(outputs, `dist/${name}.mjs`, ["import-statement", "dynamic-import"]);
  return {
    name,
    files: files.filter(({ path }) => reached.has(relative(ROOT, path))),
    metafile: {
      inputs,
      outputs: Object.fromEntries(Object.entries(outputs).filter(([path]) => reached.has(path))),
    },
  };
}

function reachable(
  outputs: Metafile["outputs"],
  entry: string,
  kinds: readonly string[],
): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind } of outputs[path]?.imports ?? []) {
      if (kinds.includes(kind) && next in outputs) visit(next);
    }
  };
  visit(entry);
  return seen;
}

/** Writes every function of serverless.yml to `dist`, and beside them what each is made of, in `dist/metafiles`. */
export async function buildAll(): Promise<readonly Bundle[]> {
  rmSync(join(ROOT, "dist"), { recursive: true, force: true });
  const bundles = await Promise.all(functionNames().map(bundle));
  for (const { name, files, metafile } of bundles) {
    for (const file of files) write(file.path, file.contents);
    write(join(ROOT, "dist/metafiles", `${name}.json`), JSON.stringify(metafile));
  }
  return bundles;
}

function write(path: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

/** The outputs that every cold start of a function loads: its own and what that imports, without `import()`. */
export const outputsAtStart = ({ name, metafile: { outputs } }: Bundle): ReadonlySet<string> =>
  reachable(outputs, `dist/${name}.mjs`, ["import-statement"]);

/** Bytes of a bundle: what every cold start loads, and what only some requests do. */
export function sizes(made: Bundle): { staticBytes: number; lazyBytes: number } {
  const { outputs } = made.metafile;
  const atStart = outputsAtStart(made);
  const total = (paths: Iterable<string>): number =>
    [...paths].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
  return {
    staticBytes: total(atStart),
    lazyBytes: total(Object.keys(outputs).filter((path) => !atStart.has(path))),
  };
}

if (import.meta.main) {
  for (const made of await buildAll()) {
    const { staticBytes, lazyBytes } = sizes(made);
    const lazy = lazyBytes > 0 ? `, ${Math.ceil(lazyBytes / 1000)} kB more when needed` : "";
    console.log(`${made.name.padEnd(12)} ${Math.ceil(staticBytes / 1000)} kB at start${lazy}`);
  }
}
