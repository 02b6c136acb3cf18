import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { DEMO_SECRETS } from "../../infra/local/environment.ts";
import { readSeed } from "../../infra/local/seed.ts";
import { signInAs } from "../http/stack.ts";
import { newPerson, readable } from "../support/person.ts";
import { openWalk, type Walk } from "./walk.ts";

let walk: Walk;
before(async () => {
  walk = await openWalk("secrets", { yours: { SECRET_NAME: "sekisho/entra/client" } });
  await walk.prepare("Make the keys");
});
after(() => walk.end());

/** The demo Entra as a connection whose secret is named and not held. */
function connectEntra(arn: string): void {
  const port = Number(new URL(walk.stack.url).port);
  const objects = readSeed(port).filter(
    ({ kind, id }) => kind === "Settings" || (kind === "Connection" && id === "entra"),
  );
  const moved = objects.map((object) =>
    object.id === "entra" ? { ...object, clientSecret: { secret: arn } } : object,
  );
  walk.terminal.write("config/entra.yaml", moved.map((object) => JSON.stringify(object)).join("\n---\n"));
}
const signIn = async () => {
  const person = newPerson();
  return signInAs(person, await person.open(`${walk.stack.url}/signin/entra`), "analyst");
};

test("a secret of the environment is refused on AWS", async () => {
  const port = Number(new URL(walk.stack.url).port);
  const entra = readSeed(port).find(({ kind, id }) => kind === "Connection" && id === "entra");
  walk.terminal.write("config/entra.yaml", JSON.stringify(entra));
  const ran = await walk.terminal.run('sekisho plan -f config/ --function "$ADMIN_FUNCTION"');
  assert.equal(ran.code, 1);
  assert.match(ran.out, /Secrets of the environment are for the local stack/);
});

test("a secret is created from a file that is gone afterwards, and the one that is wrong is told as such", async () => {
  walk.terminal.write("secret.txt", "the-id-of-the-secret");
  const arn = (await walk.follow("Create one")).trim();
  assert.match(arn, /^arn:aws:secretsmanager:us-east-1:\d{12}:secret:sekisho\/entra\/client-/);
  assert.throws(() => walk.terminal.read("secret.txt"), /ENOENT/);
  connectEntra(arn);
  await walk.prepare("Write the configuration");
  assert.match(readable(await signIn()), /oidc_client_refused/);
});

test("a rotated secret is used within the five minutes that containers believe the old one", async () => {
  walk.terminal.write("secret.txt", DEMO_SECRETS.ENTRA_CLIENT_SECRET);
  await walk.follow("Rotate one");
  walk.later(150);
  assert.match(readable(await signIn()).slice(0, 2000), /oidc_client_refused/);
  walk.later(150);
  const page = await signIn();
  assert.equal(page.status, 200, readable(page).slice(0, 400));
});
