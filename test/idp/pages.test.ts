import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test, { after } from "node:test";
import { readConfigFiles } from "../../cli/config-files.ts";
import { readDeployment } from "../../infra/local/routes.ts";
import { doubtsOf } from "../../lib/connectors/lint.ts";
import type { Connection, SamlConnection } from "../../lib/core/connection.ts";
import { REFUSALS } from "../../lib/core/errors.ts";
import { lintOidc } from "../../lib/oidc/lint.ts";
import { lint } from "../../lib/rules/lint.ts";
import { parseObjects } from "../../lib/rules/parse.ts";
import { folder } from "../cli/run.ts";
import { blocksOf, metadataOf, PAGE_BROKER, pageOf, VENDORS } from "./pages.ts";

/** The accounts and roles that the pages' rules speak of, and a rule that keeps an administrator. */
const AROUND = `kind: Account
id: "111111111111"
name: prod
path: /prod
---
kind: Role
name: Admin
accounts: ["111111111111"]
---
kind: Role
name: ReadOnly
accounts: ["111111111111"]
`;

const counted = { blocks: 0, addresses: 0, codes: 0, attributes: 0 };
after(() => console.error(`counted in docs/idp: ${JSON.stringify(counted)}`));

/** One block, read as `sekisho plan` reads a folder. */
function readBlock(block: string) {
  using files = folder({
    "around.yaml": AROUND,
    "page.yaml": block,
    "google.xml": metadataOf("https://accounts.google.com/o/saml2?idpid=C0", "https://accounts.google.com/x"),
  });
  const read = readConfigFiles(files.path);
  assert.deepEqual(read.problems, []);
  return parseObjects(read.objects);
}

const connectionsOf = (vendor: (typeof VENDORS)[number]): Connection[] =>
  blocksOf(pageOf(vendor)).flatMap((block) => readBlock(block).configuration.connections);
const isSaml = (connection: Connection): connection is SamlConnection => connection.protocol === "saml";

for (const vendor of VENDORS) {
  const text = pageOf(vendor);
  const blocks = blocksOf(text);

  test(`every YAML block of ${vendor}.md is configuration that nothing is said against`, () => {
    assert.equal(blocks.length, 3, "one for each protocol, and one for moving an application over");
    for (const block of blocks) {
      const { configuration, positions, problems } = readBlock(block);
      assert.deepEqual(problems, []);
      assert.deepEqual(lint(configuration, positions), []);
      assert.equal(configuration.connections.length, 1);
      for (const connection of configuration.connections) {
        assert.ok(connection.purpose === "people");
        if (connection.protocol === "oidc") assert.deepEqual(lintOidc(connection), []);
        assert.deepEqual(doubtsOf(connection), []);
      }
      counted.blocks++;
    }
  });

  test(`every address of the broker in ${vendor}.md is a route`, () => {
    const { routes } = readDeployment(readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8"));
    const named = [...text.matchAll(/https:\/\/broker\.example\.com(\/[^\s`|)"<>]*)/g)].map(
      ([, path = ""]) => new URL(path, PAGE_BROKER).pathname,
    );
    const bare = [...text.matchAll(/`(\/(?:saml|oidc|signin|console)[^\s`?]*)[^`]*`/g)].map(
      ([, path = ""]) => path,
    );
    const fits = (path: string): boolean => {
      const parts = path.split("/").slice(1);
      return routes.some(
        ({ segments }) =>
          segments?.length === parts.length &&
          segments.every((segment, at) => segment.startsWith("{") || segment === parts[at]),
      );
    };
    const all = [...named, ...bare];
    assert.ok(all.length >= 8, `${all.length} addresses are too few to be true`);
    counted.addresses += all.length;
    assert.deepEqual(
      all.filter((path) => !fits(path)),
      [],
    );
  });

  test(`the addresses that ${vendor}.md has registered are those of its own connections`, () => {
    for (const { id, protocol } of connectionsOf(vendor)) {
      const own =
        protocol === "saml" ? [`/saml/${id}/acs`, `/saml/${id}/metadata`] : [`/oidc/${id}/callback`];
      for (const path of own)
        assert.ok(text.includes(`\`${PAGE_BROKER}${path}\``), `${path} is registered nowhere`);
    }
  });

  test(`every refusal that ${vendor}.md names is one`, () => {
    const families = new Set(Object.keys(REFUSALS).map((code) => code.split("_")[0] ?? ""));
    const named = [...text.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map(([, code = ""]) => code);
    // Vendors have codes of their own; theirs stand behind the vendor's name.
    const theirs = new Set(
      [...text.matchAll(/^\| (?:Google|Entra|Okta): ([^|]*)\|/gm)].flatMap(([, cell = ""]) =>
        [...cell.matchAll(/`([a-z_]+)`/g)].map(([, code = ""]) => code),
      ),
    );
    const ours = named.filter(
      (code) => families.has(code.split("_")[0] ?? "") && !theirs.has(code) && !ALARMS.includes(code),
    );
    assert.ok(ours.length >= 8, `${ours.length} codes are too few to be true`);
    counted.codes += ours.length;
    assert.deepEqual(
      ours.filter((code) => !Object.hasOwn(REFUSALS, code)),
      [],
    );
  });

  test(`what the connections of ${vendor}.md read, the page has told the vendor to send`, () => {
    const [fields = ""] = text.split(/^## Second factor$/m);
    // A value in a table is what the administrator types; what stands in YAML proves nothing.
    const told = fields.replace(/^```yaml\n[\s\S]*?^```$/gm, "");
    for (const connection of connectionsOf(vendor).filter(isSaml)) {
      const { subject = "nameId", name, methods, claims } = connection;
      for (const attribute of [
        subject,
        ...Object.values(claims),
        ...[name, methods].flatMap((one) => one ?? []),
      ]) {
        const sent = told.includes(`\`${attribute}\``) || BY_ITSELF.includes(attribute);
        assert.ok(sent, `${attribute} is mapped and nobody is told to send it`);
        counted.attributes++;
      }
    }
  });
}

/** Alarms of the schedule, which are no refusals. */
const ALARMS = ["metadata_ends_soon"];

const SCHEMA = "http://schemas.microsoft.com/identity/claims";
/** What Entra sends by itself, or under its own name for a box that is ticked. */
const BY_ITSELF = [
  `${SCHEMA}/objectidentifier`,
  `${SCHEMA}/displayname`,
  "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
];

const RECORDED = new URL("../../../shared/recorded/entra-signed-assertion-2023.xml", import.meta.url);
test("Entra's recorded response carries the subject and the name that the page takes from it", {
  skip: existsSync(RECORDED) ? false : "shared/recorded is absent",
}, () => {
  const sent = [...readFileSync(RECORDED, "utf8").matchAll(/Attribute Name="([^"]+)"/g)].map(
    ([, name]) => name,
  );
  const [saml] = connectionsOf("entra").filter(isSaml);
  assert.ok(sent.includes(saml?.subject), "subject");
  assert.ok(sent.includes(saml?.name), "name");
});
