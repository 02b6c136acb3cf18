import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import * as v from "valibot";
import { parseAllDocuments } from "yaml";
import { Connection } from "../../lib/core/connection.ts";
import { Rule } from "../../lib/core/rule.ts";
import { lintOidc, lintWorkload } from "../../lib/oidc/lint.ts";

const FOLDER = join(import.meta.dirname, "../../docs/idp");

/** Objects in the YAML blocks of a page that are the broker's, not CI's or the cluster's. */
function examples(page: string): { kind: string }[] {
  const text = readFileSync(join(FOLDER, page), "utf8");
  return [...text.matchAll(/```yaml\n([\s\S]*?)```/g)]
    .flatMap(([, block = ""]) => parseAllDocuments(block).map((document) => document.toJS()))
    .filter((object) => typeof object?.kind === "string");
}

for (const [page, count] of [
  ["workloads.md", 6],
  ["oidc.md", 3],
] as const)
  test(`every example of ${page} is valid configuration that nothing is said against`, () => {
    const objects = examples(page);
    assert.equal(objects.length, count);
    for (const object of objects) {
      if (object.kind === "Rule") assert.ok(v.parse(Rule, object));
      else {
        const connection = v.parse(Connection, object);
        assert.ok(connection.protocol === "oidc");
        assert.deepEqual(
          connection.purpose === "workload" ? lintWorkload(connection) : lintOidc(connection),
          [],
        );
      }
    }
  });
