import assert from "node:assert/strict";
import { createRequire } from "node:module";
import test from "node:test";
import { openSamlConnector } from "../../lib/connectors/saml.ts";
import { encode, REQUEST, SIGNED } from "../saml/genuine.ts";
import { connect, surround } from "./saml-surroundings.ts";

const loaded = () =>
  Object.keys(createRequire(import.meta.url).cache).filter((path) => /node_modules\/samlify\//.test(path));

test("an answer is judged without samlify, which is loaded where a request is written and not before", async () => {
  const connector = openSamlConnector(connect(), surround());
  await connector.finish({ kind: "saml", response: encode(SIGNED.both) }, REQUEST, {});
  assert.deepEqual(loaded(), []);
  await connector.begin("handle", { secondFactor: false });
  assert.ok(loaded().length > 0);
});
