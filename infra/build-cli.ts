import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./build.ts";

/**
 * Makes the command line into one file that needs nothing beside it: no checkout, no node_modules. The template of
 * member accounts is inside.
 *
 * @param outfile Where it goes; executable by `node`.
 */
export async function bundleCli(outfile: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["cli/main.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node22",
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    define: {
      MEMBER_TEMPLATE: JSON.stringify(readFileSync(join(ROOT, "infra/member-account.yml"), "utf8")),
    },
    banner: {
      // Some CommonJS packages ask for modules by a computed name, which a bundle in ESM cannot answer otherwise.
      js: 'const require=process.getBuiltinModule("node:module").createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
}

if (import.meta.main) {
  const outfile = join(ROOT, "dist/sekisho.mjs");
  await bundleCli(outfile);
  console.log(
    `${outfile} ${Math.ceil(readFileSync(outfile).length / 1000)} kB: node dist/sekisho.mjs --help`,
  );
}
