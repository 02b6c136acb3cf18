import { randomBytes } from "node:crypto";
import type { Running } from "../gateway.ts";
import { type Account, OKTA_ACCOUNTS } from "./accounts.ts";
import { selfSigned } from "./certificate.ts";
import type { Keyring } from "./keys.ts";
import { autoPostPage, type Face, faultPage } from "./pages.ts";
import { openPeople, type People } from "./people.ts";
import { type AuthnRequest, decodeRequest, readRequest } from "./saml-request.ts";
import { type SamlSigner, signedRefusal, signedResponse } from "./saml-response.ts";
import type { Session } from "./sessions.ts";
import { type Answer, html, redirect, type Site, startSite, type Visit } from "./site.ts";

/** Id of the broker's app at this Okta. */
export const OKTA_APP = "exk1sekisho0demo0697";
const SSO_PATH = `/app/sekisho/${OKTA_APP}/sso/saml`;
const METADATA_PATH = `/app/${OKTA_APP}/sso/saml/metadata`;

/** What Okta names a sign-in with a password alone, and one with any second factor. */
const PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
export const OKTA_MFA = "urn:okta:loa:2fa:any";

const FACE: Face = { title: "Demo Okta", hue: 225, tellsMfa: true };

/** A response that waits for somebody to sign in. */
interface Pending {
  readonly request: AuthnRequest | undefined;
  readonly relayState: string;
  readonly at: number;
}

export interface OktaOptions {
  readonly port: number;
  readonly keyring: Keyring;
  /** The app's registration: where responses go and whom they are for. */
  readonly acs: string;
  readonly audience: string;
}

/**
 * A SAML identity provider that behaves as Okta does: signs response and assertion, exclusive canonicalization with
 * `PrefixList="xs"`, AuthnStatement first, unspecified NameID, metadata per app, tiles that start by themselves.
 */
export async function startOkta(options: OktaOptions): Promise<Running> {
  const key = await options.keyring("okta");
  const signer: SamlSigner = { key, certificate: selfSigned(key, "sekisho-demo-okta") };
  const people = openPeople({
    face: FACE,
    accounts: OKTA_ACCOUNTS,
    cookieName: "okta_sid",
    tiles: [
      {
        title: "AWS prod Admin",
        about: "straight to the console of prod as Admin",
        href: `${SSO_PATH}?RelayState=${encodeURIComponent("111111111111/Admin")}`,
      },
      { title: "AWS", about: "the list of your roles", href: SSO_PATH },
    ],
  });
  const okta: Okta = {
    options,
    signer,
    people,
    pending: new Map(),
    issuer: `http://www.okta.com/${OKTA_APP}`,
  };
  return startSite(options.port, siteOf(okta));
}

interface Okta {
  readonly options: OktaOptions;
  readonly signer: SamlSigner;
  readonly people: People;
  readonly pending: Map<string, Pending>;
  readonly issuer: string;
}

const siteOf =
  (okta: Okta): Site =>
  async (visit) => {
    if (visit.path === METADATA_PATH)
      return {
        type: "text/xml; charset=utf-8",
        body: metadata(okta, `http://${visit.request.headers.host}`),
      };
    if (visit.path === SSO_PATH) return receive(okta, visit);
    const handle = /^\/sso\/([\w-]+)$/.exec(visit.path)?.[1];
    if (handle) return proceed(okta, visit, handle);
    return (await okta.people.visit(visit)) ?? fault("There is no page at this address.", 404);
  };

const fault = (sentence: string, status = 400): Answer => html(faultPage(FACE, sentence), { status });

/** Takes a request of either binding, or none at all: that is a tile. */
async function receive(okta: Okta, visit: Visit): Promise<Answer> {
  const post = visit.method === "POST";
  const sent = post ? await visit.form() : visit.query;
  const encoded = sent.get("SAMLRequest");
  let request: AuthnRequest | undefined;
  try {
    if (encoded !== null) request = readRequest(decodeRequest(encoded, post ? "post" : "redirect"));
  } catch (thrown) {
    return fault(`The sign-in request cannot be read: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
  if (request?.acs !== undefined && request.acs !== okta.options.acs)
    return fault("The sign-in request names an assertion consumer service that this app does not have.");
  const handle = randomBytes(18).toString("base64url");
  okta.pending.set(handle, { request, relayState: sent.get("RelayState") ?? "", at: now() });
  return redirect(`/sso/${handle}`);
}

const now = (): number => Math.floor(Date.now() / 1000);

/** Answers a pending request, or sends the person to sign in first. */
function proceed(okta: Okta, visit: Visit, handle: string): Answer {
  const pending = okta.pending.get(handle);
  if (!pending) return fault("This sign-in was finished already. Go back to your applications.", 410);
  const wantsMfa = pending.request?.contexts.includes(OKTA_MFA) === true;
  const asked = visit.query.get("asked") === "yes";
  const session = usableSession(okta, visit, pending, asked);
  const answer = (xml: string): Answer => {
    okta.pending.delete(handle);
    return post(okta, pending, xml);
  };
  if (session && (session.mfa || !wantsMfa)) return answer(success(okta, pending, session));
  if (session && asked) return answer(refusal(okta, pending, "NoAuthnContext"));
  if (pending.request?.isPassive) return answer(refusal(okta, pending, "NoPassive"));
  return redirect(loginPath(handle, { wantsMfa, hint: pending.request?.hint }));
}

/** The session that may answer: with ForceAuthn only one that was opened for this very request. */
function usableSession(okta: Okta, visit: Visit, pending: Pending, asked: boolean): Session | undefined {
  const session = okta.people.sessions.find(visit);
  if (!session || !pending.request?.forceAuthn) return session;
  return asked && session.at >= pending.at ? session : undefined;
}

function loginPath(
  handle: string,
  { wantsMfa, hint }: { wantsMfa: boolean; hint: string | undefined },
): string {
  const login = new URLSearchParams({ to: `/sso/${handle}?asked=yes` });
  if (wantsMfa) login.set("mfa", "wanted");
  if (hint) login.set("username", hint);
  return `/login?${login}`;
}

const post = (okta: Okta, { relayState }: Pending, xml: string): Answer =>
  html(
    autoPostPage(FACE, okta.options.acs, {
      SAMLResponse: Buffer.from(xml).toString("base64"),
      RelayState: relayState,
    }),
  );

const responseFacts = (okta: Okta, { request }: Pending) => ({
  issuer: okta.issuer,
  acs: okta.options.acs,
  inResponseTo: request?.id,
  at: new Date(),
});

const refusal = (okta: Okta, pending: Pending, status: string): string =>
  signedRefusal(responseFacts(okta, pending), status, okta.signer);

const success = (okta: Okta, pending: Pending, session: Session): string =>
  signedResponse(
    {
      ...responseFacts(okta, pending),
      audience: okta.options.audience,
      nameId: session.account.email,
      authenticatedAt: new Date(session.at * 1000),
      authnContext: session.mfa ? OKTA_MFA : PASSWORD,
      attributes: { ...attributesOf(session.account), amr: session.mfa ? ["pwd", "mfa", "swk"] : ["pwd"] },
    },
    okta.signer,
  );

const attributesOf = (account: Account): Readonly<Record<string, readonly string[]>> => ({
  userId: [account.id],
  email: [account.email],
  displayName: [account.name],
  costCenter: account.costCenter ? [account.costCenter] : [],
  groups: account.groups,
});

const metadata = (okta: Okta, origin: string): string => {
  const services = ["HTTP-POST", "HTTP-Redirect"].map(
    (binding) =>
      `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${origin}${SSO_PATH}"/>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${okta.issuer}"><md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${okta.signer.certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat><md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>${services.join("")}</md:IDPSSODescriptor></md:EntityDescriptor>`;
};
