import assert from "node:assert/strict";
import test from "node:test";
import { parseObjects } from "../../lib/rules/parse.ts";
import { SRE } from "./configuration.ts";

const SELECTOR = /quoted account id of 12 digits, `ou:\/path`, .* or `tag:key=value`/;
const TEXT = /^Write a text, in quotes if it looks like a number\.$/;
const NAME = /lower-case letters, digits and inner hyphens/;
const rule = (fields: object) => ({ ...SRE, ...fields });
const grant = (fields: object) => rule({ grant: fields });
const trial = (fields: object) => ({ kind: "Test", id: "t", who: { connection: "okta" }, ...fields });
const expecting = (fields: object) => trial({ expect: [{ granted: false, ...fields }] });
const saml = (fields: object) => ({ kind: "Connection", id: "c", protocol: "saml", ...fields });
const SETTINGS = { kind: "Settings" };
const NEVER = { accounts: ["ou:/**"], roles: ["*"] };

/** Every field that is a list, a map or one of several shapes. */
const wrong: readonly [object: object, place: string, fix: RegExp][] = [
  [grant({ accounts: ["ou:/x", "prod"] }), "grant.accounts[1]", SELECTOR],
  [grant({ accounts: [111111111111] }), "grant.accounts[0]", SELECTOR],
  [grant({ accounts: "ou:/x" }), "grant.accounts", /^Write a list\.$/],
  [grant({ accounts: [] }), "grant.accounts", /at least 1/],
  [grant({ roles: ["a/b"] }), "grant.roles[0]", /up to 64 letters/],
  [grant({ roles: [5] }), "grant.roles[0]", /a text, in quotes/],
  [grant({ broker: ["root"] }), "grant.broker[0]", /^Write `admin`, or `editor`, or `auditor`\.$/],
  [grant({ connections: ["A B"] }), "grant.connections[0]", NAME],
  [grant({ scopes: [5] }), "grant.scopes[0]", TEXT],
  [grant({ policyArns: [5] }), "grant.policyArns[0]", TEXT],
  [grant({ tags: { team: 5 } }), "grant.tags.team", TEXT],
  [grant({ policy: { Version: "2012-10-17", Statement: ["x"] } }), "grant.policy.Statement[0]", /object/],
  [rule({ connection: ["okta", "A B"] }), "connection[1]", NAME],
  [rule({ connection: 5 }), "connection", /^Write `\*`, or a text, .*, or a list\.$/],
  [rule({ effect: "alow" }), "effect", /^Write `allow`, or `deny`, or `eligible`\.$/],
  [{ kind: "Role", name: "A", accounts: ["prod"] }, "accounts[0]", SELECTOR],
  [{ kind: "Role", name: "A", accounts: ["ou:/"], transitiveTags: [5] }, "transitiveTags[0]", TEXT],
  [{ kind: "Account", id: 111111111111, name: "x" }, "id", /12 digits, quoted/],
  [{ kind: "Account", id: "111111111111", name: "x", tags: { a: 5 } }, "tags.a", TEXT],
  [{ kind: "Scope", id: "x", parameters: { "A B": "x" } }, "parameters.A B", /^Write what fits `/],
  [{ kind: "Scope", id: "x", policyArns: ["x"] }, "policyArns[0]", /^Write what fits `/],
  [{ ...SETTINGS, weighty: { accounts: ["x"] } }, "weighty.accounts[0]", SELECTOR],
  [{ ...SETTINGS, weighty: { roles: [5] } }, "weighty.roles[0]", TEXT],
  [{ ...SETTINGS, networks: { office: ["10.0.0.0/8", 5] } }, "networks.office[1]", TEXT],
  [{ ...SETTINGS, twoPerson: { kinds: ["Rool"] } }, "twoPerson.kinds[0]", /^Write one of `Connection`, /],
  [expecting({ account: "prod", role: "A" }), "expect[0].account", /12 digits, quoted/],
  [expecting({ accounts: ["prod"], roles: ["A"] }), "expect[0].accounts[0]", SELECTOR],
  [expecting({ broker: "root" }), "expect[0].broker", /`admin`/],
  [trial({ who: { person: 5 }, expect: [] }), "who.person", TEXT],
  [trial({ who: { connection: "okta", claims: { a: [5] } }, expect: [] }), "who.claims.a[0]", TEXT],
  [{ kind: "Invariant", id: "i", never: { ...NEVER, accounts: ["prod"] } }, "never.accounts[0]", SELECTOR],
  [{ kind: "Invariant", id: "i", never: { ...NEVER, connection: ["A B"] } }, "never.connection[0]", NAME],
  [saml({ metadata: { xml: 5 } }), "metadata.xml", TEXT],
];
for (const [object, place, fix] of wrong)
  test(`${JSON.stringify(object).slice(0, 160)} is told as ${place}, with what belongs there`, () => {
    const { problems } = parseObjects([object]);
    const found = problems.find(({ message }) => message === `\`${place}\` is not what it should be.`);
    assert.ok(found, JSON.stringify(problems));
    assert.match(found.fix, fix);
  });
