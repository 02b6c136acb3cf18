import * as v from "valibot";

/** Ids of connections, rules and scopes: what stands in URLs and keys. `idp` is reserved for `/saml/idp`. */
export const Id = v.pipe(
  v.string(),
  v.regex(
    /^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/,
    "use 1 to 48 lower-case letters, digits and inner hyphens",
  ),
);
const ConnectionId = v.pipe(
  Id,
  v.check((id) => id !== "idp", "`idp` is reserved for the broker's own identity provider"),
  // Names that records read from storage lose, and with them the rules of such a connection.
  v.check((id) => id !== "constructor" && id !== "prototype", "choose another word"),
);
const HttpsUrl = v.pipe(v.string(), v.url(), v.maxLength(2048));
const Text = v.pipe(v.string(), v.minLength(1), v.maxLength(512));

/** A secret by reference, never by value. `env` is for the local stack and refused on Lambda (decision 20). */
export const SecretRef = v.union([v.strictObject({ secret: Text }), v.strictObject({ env: Text })]);
export type SecretRef = v.InferOutput<typeof SecretRef>;

const common = {
  kind: v.literal("Connection"),
  id: ConnectionId,
  title: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(60))),
  enabled: v.optional(v.boolean(), true),
  /** our claim name <- their attribute or claim name. What is not listed is dropped. */
  claims: v.optional(v.record(Text, Text), {}),
  /** Claims of this connection that may become session tags. */
  trusted: v.optional(v.array(Text), []),
  /** Authentication contexts (`acr`) of this provider, weakest first: what `acr: { atLeast: ... }` compares by. */
  contexts: v.optional(v.array(Text), []),
  /** Whom a refused person should ask. */
  contact: v.optional(Text),
};

/** A SAML 2.0 identity provider of people. */
export const SamlConnection = v.strictObject({
  ...common,
  protocol: v.literal("saml"),
  purpose: v.optional(v.literal("people"), "people"),
  metadata: v.optional(
    v.union([
      v.strictObject({ url: HttpsUrl }),
      v.strictObject({ file: Text }),
      v.strictObject({ xml: v.pipe(v.string(), v.maxLength(1_000_000)) }),
    ]),
  ),
  /** Instead of metadata. */
  issuer: v.optional(Text),
  ssoUrl: v.optional(HttpsUrl),
  ssoBinding: v.optional(v.picklist(["redirect", "post"])),
  certificates: v.optional(v.array(v.string())),
  /** Ours towards them; defaults from the broker's URL. */
  entityId: v.optional(Text),
  acs: v.optional(HttpsUrl),
  idpInitiated: v.optional(v.picklist(["off", "bounce", "accept"]), "bounce"),
  signRequests: v.optional(v.boolean(), false),
  /** `nameId`, or the name of an attribute that is stable and never reused; the NameID where absent, which lint warns of. */
  subject: v.optional(Text),
  /** Attribute shown to people; the subject where absent. */
  name: v.optional(Text),
  /** Attribute that lists how the person signed in; `http://schemas.microsoft.com/claims/authnmethodsreferences` where absent. */
  methods: v.optional(Text),
  /** Values of AuthnContextClassRef or `methods` that prove a second factor; those that are URIs are asked for. */
  mfaContexts: v.optional(v.array(Text), []),
  /** Oldest assertion accepted, in seconds since IssueInstant. */
  maxAssertionAgeSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(30), v.maxValue(3600)), 300),
  /** A new key found in unsigned metadata waits for an administrator. */
  approveNewKeys: v.optional(v.boolean(), false),
});
export type SamlConnection = v.InferOutput<typeof SamlConnection>;

/** Group look-ups: `claim` reads the token; `graph`, `directory`, `okta` ask the vendor where the token leaves groups out. */
const Groups = v.strictObject({
  from: v.picklist(["claim", "graph", "directory", "okta"]),
  /** Secret of the look-up (Google service-account key JSON, Okta API token); Graph uses the connection's own client. */
  credential: v.optional(SecretRef),
  /** Google: the administrator the service account acts as. */
  actAs: v.optional(Text),
  /** Base URL of the vendor's API where it is not the public one. */
  api: v.optional(HttpsUrl),
  /** A failed look-up refuses the sign-in, or lets it go on with `groups` unknown. */
  onFailure: v.optional(v.picklist(["refuse", "continue"]), "refuse"),
});

const oidc = {
  ...common,
  protocol: v.literal("oidc"),
  issuer: HttpsUrl,
};

/** An OpenID provider of people. */
export const OidcConnection = v.strictObject({
  ...oidc,
  purpose: v.optional(v.literal("people"), "people"),
  clientId: Text,
  clientSecret: v.optional(SecretRef),
  privateKeyJwt: v.optional(v.strictObject({ kmsKey: Text })),
  scopes: v.optional(v.array(Text), ["openid", "email", "profile"]),
  /** Which claim is the stable subject: `oid` together with `tid` by default where the provider is Entra, else `sub`. */
  subject: v.optional(v.picklist(["sub", "oid"])),
  name: v.optional(Text, "name"),
  tenants: v.optional(v.array(Text)),
  hostedDomains: v.optional(v.array(Text)),
  groups: v.optional(Groups, { from: "claim", onFailure: "refuse" }),
  /** `amr`/`acr`/`acrs` values each of which proves a second factor; where absent, what says so by itself or two kinds. */
  mfaValues: v.optional(v.array(Text)),
  maxAgeSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400))),
  /** What asks this provider for a second factor: `acr_values`, or a `claims` request (OpenID Connect Core 5.5). */
  secondFactor: v.optional(
    v.strictObject({
      acrValues: v.optional(v.array(Text)),
      claims: v.optional(v.record(Text, v.unknown())),
    }),
  ),
});
export type OidcConnection = v.InferOutput<typeof OidcConnection>;

/** An issuer of workload tokens. Its claims are never a person's. */
export const WorkloadConnection = v.strictObject({
  ...oidc,
  purpose: v.literal("workload"),
  audiences: v.pipe(v.array(Text), v.minLength(1)),
  /** Where issuers publish no discovery document. */
  jwksUri: v.optional(HttpsUrl),
  algorithms: v.optional(
    v.array(v.picklist(["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"])),
    ["RS256", "ES256"],
  ),
  /** Claims that must be present with one of these exact values; shared issuers must pin owner, repository and environment or ref. */
  pinned: v.optional(v.record(Text, v.union([Text, v.array(Text)])), {}),
  subject: v.optional(Text, "sub"),
  /** Longest accepted lifetime `exp - iat`, in seconds. */
  maxLifetimeSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(60), v.maxValue(90_000)), 86_400),
});
export type WorkloadConnection = v.InferOutput<typeof WorkloadConnection>;

/** One configured identity provider. */
export const Connection = v.union([SamlConnection, OidcConnection, WorkloadConnection]);
export type Connection = v.InferOutput<typeof Connection>;

/** What the broker learnt of a provider and refreshes by schedule; kept apart from what an administrator wrote. */
export interface ConnectionState {
  readonly connection: string;
  /** Fingerprint of where it was learnt: another provider under the same name is another source. */
  readonly source?: string;
  /** SAML: entity id, sign-on addresses and signing certificates from metadata. */
  readonly entityId?: string;
  readonly ssoUrls?: readonly { readonly binding: "redirect" | "post"; readonly url: string }[];
  readonly wantsSignedRequests?: boolean;
  readonly keys: readonly ProviderKey[];
  /** Workloads: the provider's JWKS as fetched, JSON. */
  readonly jwks?: string;
  readonly validUntil?: number;
  readonly refreshedAt: number;
  /** Code of the last failed refresh, absent when the last one succeeded. */
  readonly failedWith?: string;
}

/** One signing certificate of a provider, PEM (base64 DER body is enough), and how long it is still believed. */
export interface ProviderKey {
  readonly certificate: string;
  readonly seenAt: number;
  /** Set when the provider withdrew it: at most 24 h after (decision 11). 0 where an administrator ended it. */
  readonly endsAt?: number;
  /** Waits for an administrator's word; not used to verify. */
  readonly pending?: boolean;
  /** Who said that word first, by opaque marks, and when, where it takes a second person. */
  readonly agreed?: {
    readonly actor: "person" | "workload";
    readonly connection: string;
    readonly marks: readonly string[];
    readonly at: number;
  };
}
