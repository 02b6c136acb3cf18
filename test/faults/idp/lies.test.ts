import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import test, { after, before, describe } from "node:test";
import { exportJWK, SignJWT } from "jose";
import { peekToken } from "../../../lib/oidc/peek.ts";
import { type Conduct, changing, changingJson, saying, sayingJson } from "../../support/faulty-provider.ts";
import type { FaultySignIns } from "../../support/faulty-sign-in.ts";
import { openFaultySignIns } from "../../support/faulty-sign-in.ts";
import { PLACES, type Row } from "./places.ts";
import { type Refused, walkRow } from "./walks.ts";

let here: FaultySignIns;
const refused: Refused = new Map();
before(async () => {
  here = await openFaultySignIns();
});
after(() => here.stop());

type Json = Record<string, unknown>;

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = exportJWK(createPublicKey(publicKey.export({ type: "spki", format: "pem" })));

/** Says other claims than the provider would, under a key that the provider publishes as its own. */
const claiming = (change: (claims: Json) => Json): Conduct =>
  changing(async (body) => {
    const answer = JSON.parse(body) as { id_token?: string };
    if (answer.id_token === undefined) return body;
    const claims = change({ ...peekToken(answer.id_token)?.claims });
    const token = new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "liar" });
    return JSON.stringify({ ...answer, id_token: await token.sign(privateKey) });
  });

const publishing = (change: (keys: readonly Json[], own: Json) => unknown): Conduct =>
  changing(async (body) => {
    const { keys } = JSON.parse(body) as { keys: Json[] };
    return JSON.stringify({ keys: change(keys, { ...(await jwk), kid: "liar", use: "sig", alg: "RS256" }) });
  });

const ISSUER = "https://elsewhere.example";
const OTHER = "00000000-0000-4000-8000-000000000000";

/** Claims that a provider may make up; the row's provider signs them properly. */
const CLAIMS: readonly (readonly [
  provider: Row["provider"],
  what: string,
  change: (claims: Json) => Json,
  end: Row["end"],
])[] = [
  ["entra", "nothing but what is so", (claims) => claims, "done"],
  ["entra", "that another issuer speaks", (claims) => ({ ...claims, iss: ISSUER }), "oidc_issuer_mismatch"],
  ["entra", "somebody else's audience", (claims) => ({ ...claims, aud: "other" }), "oidc_audience_mismatch"],
  [
    "entra",
    "an audience beside ours",
    (claims) => ({ ...claims, aud: [claims.aud, "x"] }),
    "oidc_audience_mismatch",
  ],
  ["entra", "the nonce of another sign-in", (claims) => ({ ...claims, nonce: "x" }), "oidc_nonce_mismatch"],
  ["entra", "somebody of another tenant", (claims) => ({ ...claims, tid: OTHER }), "oidc_tenant_not_allowed"],
  ["entra", "nobody", ({ oid: _, ...claims }) => claims, "oidc_subject_missing"],
  ["entra", "a person that is a list", (claims) => ({ ...claims, oid: [OTHER] }), "oidc_subject_missing"],
  [
    "google",
    "somebody of another domain",
    (claims) => ({ ...claims, hd: "x.example" }),
    "oidc_domain_not_allowed",
  ],
  ["google", "no subject at all", ({ sub: _, ...claims }) => claims, "oidc_token_malformed"],
  ["google", "a subject that is a number", (claims) => ({ ...claims, sub: 42 }), "oidc_token_malformed"],
];

const lies: readonly Row[] = CLAIMS.map(([provider, what, change, end]) => ({
  provider,
  step: "callback",
  name: `${provider} says ${what}`,
  breaks: [
    { ...PLACES[provider].token, which: 1, conduct: claiming(change) },
    { ...PLACES[provider].keys, conduct: publishing((keys, own) => [...keys, own]) },
  ],
  end,
}));

const { entra, google } = PLACES;
const row = (
  name: string,
  end: Row["end"],
  breaks: Row["breaks"],
  more: Partial<Pick<Row, "provider" | "step" | "lingers">> = {},
): Row => ({ provider: "entra", step: "callback", name, end, breaks, ...more });

const configured = (change: (document: Json) => unknown): Row["breaks"] => [
  { ...entra.configuration, conduct: changingJson(change) },
];
const keyed = (change: (keys: readonly Json[], own: Json) => unknown): Row["breaks"] => [
  { ...entra.keys, conduct: publishing(change) },
];
const METADATA_SERVICE = "http://169.254.169.254/latest/meta-data/";

const wrong: readonly Row[] = [
  row(
    "a configuration of another issuer",
    "oidc_discovery_mismatch",
    configured((document) => ({ ...document, issuer: ISSUER })),
    { step: "start" },
  ),
  row(
    "a sign-on address that is a script",
    "oidc_discovery_unusable",
    configured((document) => ({ ...document, authorization_endpoint: "javascript:alert(1)" })),
    { step: "start" },
  ),
  row(
    "keys that lie inside our own network",
    "provider_unreachable",
    configured((document) => ({ ...document, jwks_uri: METADATA_SERVICE })),
    { lingers: true },
  ),
  row(
    "a token endpoint inside our own network",
    "provider_unreachable",
    configured((document) => ({ ...document, token_endpoint: METADATA_SERVICE })),
    { lingers: true },
  ),
  row(
    "a foreign key under the name of its own",
    "oidc_signature_invalid",
    keyed(([first], own) => [{ ...own, kid: first?.kid }]),
    { lingers: true },
  ),
  row(
    "keys of which none is the token's",
    "oidc_key_unknown",
    keyed((_keys, own) => [own]),
    { lingers: true },
  ),
  row(
    "no keys at all",
    "provider_unreachable",
    keyed(() => []),
  ),
  row(
    "thousands of keys",
    "provider_unreachable",
    keyed((keys, own) => [...keys, ...Array(3000).fill({ kty: own.kty, kid: "x" })]),
  ),
];

const TOO_MANY = saying(400, '{"error":{"code":"Directory_ResultSizeLimitExceeded"}}');
const paged = (
  next: (asking: { url?: string | undefined; headers: { host?: string | undefined } }) => string,
) =>
  [
    { what: "Graph", where: /getMemberObjects$/, conduct: TOO_MANY },
    {
      what: "Graph",
      where: /transitiveMemberOf/,
      conduct: ((asking, answering) =>
        sayingJson({ value: [{ id: "g" }], "@odata.nextLink": next(asking) })(
          asking,
          answering,
          () => {},
        )) as Conduct,
    },
  ] satisfies Row["breaks"];

const groups: readonly Row[] = [
  row("groups page by page", "done", [{ what: "Graph", where: /getMemberObjects$/, conduct: TOO_MANY }]),
  row(
    "pages of groups in a circle",
    "groups_lookup_failed",
    paged(({ headers, url }) => `http://${headers.host}${url}`),
  ),
  row(
    "pages of groups without end",
    "groups_lookup_failed",
    paged(({ headers, url }) => `http://${headers.host}${url}x`),
  ),
  row(
    "a next page on another host",
    "groups_lookup_failed",
    paged(() => `${ISSUER}/v1.0/users/next`),
  ),
  row(
    "a next page inside our own network",
    "groups_lookup_failed",
    paged(() => METADATA_SERVICE),
  ),
  row(
    "groups of the Directory without end",
    "groups_lookup_failed",
    [{ ...google.groups, conduct: sayingJson({ kind: "admin#directory#groups", nextPageToken: "again" }) }],
    { provider: "google" },
  ),
  row(
    "a group within a new group, for ever",
    "groups_lookup_failed",
    [
      {
        ...google.groups,
        conduct: (asking, answering, pass) =>
          sayingJson({
            kind: "admin#directory#groups",
            groups: [1, 2, 3].map((place) => ({ email: `${Date.now()}.${Math.random()}.${place}` })),
          })(asking, answering, pass),
      },
    ],
    { provider: "google" },
  ),
];

describe("a provider that lies is not believed, and its people are told", () => {
  for (const one of [...lies, ...wrong, ...groups])
    test(`${one.name}: ${one.end}`, async () => {
      await walkRow(here, one, refused);
    });
});

test("nobody was asked anything at an address that a provider made up", () =>
  assert.deepEqual(
    here.providers.asked.filter((address) => !address.startsWith("127.0.0.1:")),
    [],
  ));

test("nothing of it stands in the log but routes, codes and references", () => here.checkLog());
