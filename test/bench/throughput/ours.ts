/**
 * The broker's `signin` behind the local gateway, in a process of its own. Its store is in this process, or where
 * AWS_ENDPOINT_URL_DYNAMODB points, as the second argument says.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ROOT } from "../../../infra/build.ts";
import { openFunctions } from "../../../infra/local/functions.ts";
import { startGateway } from "../../../infra/local/gateway.ts";
import { readDeployment } from "../../../infra/local/routes.ts";
import { openStore } from "./store.ts";
import { readTraffic, wait } from "./wire.ts";

const [path = "", where = "here"] = process.argv.slice(2);
if (where === "here") {
  const store = openStore(readTraffic(path).items);
  DynamoDBClient.prototype.send = async (command: {
    readonly constructor: { readonly name: string };
    readonly input: object;
  }) => {
    await wait();
    return store(command.constructor.name.replace(/Command$/, ""), command.input) as never;
  };
}
console.log = () => {};
const file = where === "here" ? "functions/signin.ts" : "dist/signin.mjs";
const deployment = readDeployment(readFileSync(join(ROOT, "serverless.yml"), "utf8"));
const functions = openFunctions(deployment, () => pathToFileURL(join(ROOT, file)));
const gateway = await startGateway({
  port: 0,
  hostNames: ["localhost"],
  routes: deployment.routes,
  invoke: functions.invoke,
  report: (name, thrown) => console.error(name, thrown),
});
process.once("disconnect", () => process.exit(0));
process.send?.({ url: gateway.url });
