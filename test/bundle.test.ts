import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { type Bundle, bundle, functionNames, outputsAtStart, ROOT, sizes } from "../infra/build.ts";
import { BUDGETS } from "./bundle-budgets.ts";

/** What no function may carry, not even to load later: tools, guests, and ways to find credentials or settings elsewhere. */
const NOWHERE = [
  "node_modules/yaml/",
  "node_modules/commander/",
  "node_modules/oidc-provider/",
  "node_modules/dynalite/",
  "node_modules/@peculiar/asn1-x509/",
  "node_modules/@aws-sdk/credential-provider-ini/",
  "node_modules/@aws-sdk/credential-provider-sso/",
  "node_modules/@aws-sdk/client-iam/",
  "node_modules/@smithy/core/dist-es/submodules/config/shared-ini-file-loader/parseIni.js",
  "node_modules/mnemonist/",
  "infra/",
  "cli/",
  "test/",
];
/** Never in the bundle of a function that may not do it: whoever takes the function over does not find it there. */
const NEVER: Readonly<Record<string, readonly string[]>> = {
  metadata: [
    "client-kms/",
    "client-sts/",
    "client-secrets-manager/",
    "openid-client/",
    "lib/saml/assertion.ts",
    "lib/saml/response.ts",
    "lib/store/sessions.ts",
    "lib/store/sign-ins.ts",
    "lib/store/grants.ts",
  ],
  signin: ["client-sts/", "lib/saml/assertion.ts", "lib/applications/", "lib/flows/issue-role.ts"],
  credentials: [
    "samlify/",
    "openid-client/",
    "client-secrets-manager/",
    "lib/saml/response.ts",
    "lib/store/sign-ins.ts",
    "lib/rules/lint.ts",
    "lib/rules/diff.ts",
  ],
  tokens: [
    "client-kms/",
    "client-sts/",
    "client-secrets-manager/",
    "samlify/",
    "openid-client/",
    "lib/saml/",
  ],
  admin: ["client-kms/", "client-sts/", "lib/saml/assertion.ts", "lib/applications/"],
  worker: ["client-sts/", "lib/saml/assertion.ts", "lib/applications/", "lib/store/sessions.ts"],
};
/** Loads when a request needs it, never at a cold start. */
const LATER = [
  "node_modules/samlify/",
  "node_modules/@xmldom/",
  "node_modules/xml-crypto/",
  "node_modules/openid-client/",
  "client-kms/",
];

/** Files and packages a bundle is made of: those of which at least a byte is left. */
function inputs({ metafile }: Bundle, outputs: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const output of outputs) {
    for (const [path, { bytesInOutput }] of Object.entries(metafile.outputs[output]?.inputs ?? {})) {
      if (bytesInOutput > 0) found.add(path);
    }
  }
  return [...found];
}

const carried = (paths: readonly string[], parts: readonly string[]): string[] =>
  paths.filter((path) => parts.some((part) => path.startsWith(part) || path.includes(`/${part}`)));

test("every function of the deployment has a budget and a list", () => {
  assert.deepEqual(functionNames().sort(), Object.keys(BUDGETS).sort());
  assert.deepEqual(Object.keys(NEVER).sort(), Object.keys(BUDGETS).sort());
});

for (const [name, budget] of Object.entries(BUDGETS)) {
  test(`${name} carries what its work takes and no more`, async (t) => {
    const made = await bundle(name);
    const all = inputs(made, Object.keys(made.metafile.outputs));
    assert.ok(all.includes(`functions/${name}.ts`), "the metafile tells of another bundle");
    assert.ok(all.length > 20, `${all.length} files are too few to be a function`);

    const { staticBytes, lazyBytes } = sizes(made);
    t.diagnostic(
      `${name}: ${staticBytes} of ${budget} bytes at start, ${lazyBytes} later, ${all.length} files`,
    );
    assert.ok(staticBytes <= budget, `${staticBytes} bytes at start, ${budget} allowed`);

    assert.deepEqual(carried(all, [...NOWHERE, ...(NEVER[name] ?? [])]), []);
    assert.deepEqual(carried(inputs(made, outputsAtStart(made)), LATER), []);
  });
}

test("the words of the lists are names of something", () => {
  // A renamed file would make its line in the list a guard of nothing.
  const listed = new Set([...Object.values(NEVER).flat(), ...NOWHERE, ...LATER]);
  const missing = [...listed].filter((part) => {
    const places = [part, `node_modules/${part}`, `node_modules/@aws-sdk/${part}`];
    return !places.some((place) => existsSync(join(ROOT, place)));
  });
  assert.deepEqual(missing, []);
});
