/** The bench's table on DynamoDB's wire, in a process of its own. Tells its parent where it stands. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openStore } from "./store.ts";
import { fromText, readTraffic, toText, wait } from "./wire.ts";

const store = openStore(readTraffic(process.argv[2] ?? "").items);
const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
  const answer = store(operation, fromText(Buffer.concat(parts).toString("utf8")));
  await wait();
  response.setHeader("content-type", "application/x-amz-json-1.0");
  response.end(toText(answer));
}).listen(0, "127.0.0.1", () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.once("disconnect", () => process.exit(0));
