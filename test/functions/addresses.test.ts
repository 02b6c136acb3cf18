import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { ADDRESSES, methodsAt } from "../../functions/addresses.ts";
import { readDeployment } from "../../infra/local/routes.ts";

test("the list of addresses is the list of routes that are deployed", () => {
  const yaml = readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8");
  const deployed = readDeployment(yaml).routes.map(({ key }) => key);
  assert.deepEqual([...ADDRESSES, "$default"].toSorted(), deployed.toSorted());
});

const PATHS: readonly [path: string, methods: readonly string[]][] = [
  ["/", ["GET"]],
  ["/signout", ["GET", "POST"]],
  ["/saml/okta/acs", ["POST"]],
  ["/saml/idp/metadata", ["GET"]],
  ["/api/credentials/111111111111/Admin", ["GET", "POST"]],
  ["/api/credentials/111111111111/", []],
  ["/api/credentials", []],
  ["/signin/okta/", []],
  ["/Signin", []],
  ["", []],
];
for (const [path, methods] of PATHS)
  test(`at ${JSON.stringify(path)} ${methods.join(" and ") || "nothing"} is answered`, () =>
    assert.deepEqual(methodsAt(path), methods));
