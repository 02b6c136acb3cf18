import type { SamlConnection } from "../core/connection.ts";
import { Refusal } from "../core/errors.ts";
import { type Identity, isReservedClaim } from "../core/identity.ts";
import type { VerifiedAssertion } from "../saml/response.ts";

/** How Entra names what matters here. */
const ENTRA_METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences";
const ENTRA_GROUPS = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
/** Stands in the groups' place when there are more than 150 of them: a link that is not followed, and no groups. */
const ENTRA_OVERAGE = "http://schemas.microsoft.com/claims/groups.link";
const TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const GROUPS = "groups";
/** Source name of a claim or subject that stands for the NameID. */
const NAME_ID = "nameId";
const LONGEST_SUBJECT = 1024;
const LONGEST_NAME = 128;

/**
 * Who a verified assertion speaks of, in our own names.
 *
 * What the connection does not map is dropped. What could not be read, or was left out because there is too much of it, is
 * unknown, which is not the same as absent.
 *
 * @throws {Refusal} `saml_subject_missing` without exactly one lasting subject.
 */
export function identityOf(
  connection: SamlConnection,
  assertion: VerifiedAssertion,
  sourceIp: string | undefined,
): Identity {
  const subject = subjectOf(connection, assertion);
  const { claims, unknown } = mapClaims(connection, assertion);
  const amr = [
    ...new Set([...assertion.authnContexts, ...valuesOf(assertion, connection.methods ?? ENTRA_METHODS)]),
  ];
  const [acr] = assertion.authnContexts;
  const { authenticatedAt, sessionEndsAt } = assertion;
  return {
    connection: connection.id,
    kind: "person",
    subject,
    name: nameOf(connection, assertion, subject),
    claims,
    unknown,
    amr,
    mfa: secondFactorOf(connection, amr),
    notes: isOverage(assertion) ? ["groups_overage"] : [],
    ...(acr === undefined ? {} : { acr }),
    ...(authenticatedAt === undefined ? {} : { authenticatedAt }),
    ...(sessionEndsAt === undefined ? {} : { providerSessionEndsAt: sessionEndsAt }),
    ...(sourceIp === undefined ? {} : { sourceIp }),
  };
}

function valuesOf({ attributes, nameId }: VerifiedAssertion, name: string): readonly string[] {
  if (name === NAME_ID) return [nameId.value];
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? []) : [];
}

/** One value, and one that will mean the same person next time: a transient NameID is somebody new at each sign-in. */
function subjectOf({ id, subject = NAME_ID }: SamlConnection, assertion: VerifiedAssertion): string {
  const [value, ...others] = valuesOf(assertion, subject);
  const lasting = subject !== NAME_ID || assertion.nameId.format !== TRANSIENT;
  if (
    value === undefined ||
    value === "" ||
    value.length > LONGEST_SUBJECT ||
    others.length > 0 ||
    !lasting
  ) {
    const hint = `Connection ${id}: \`subject\` must name one value that is the same at each sign-in.`;
    throw new Refusal(
      "saml_subject_missing",
      { subject, lasting, values: others.length + 1 },
      { about: { hint } },
    );
  }
  return value;
}

/** For people to read: printable, short, and decides nothing. */
function nameOf({ name }: SamlConnection, assertion: VerifiedAssertion, subject: string): string {
  const [text = ""] = name === undefined ? [] : valuesOf(assertion, name);
  const shown = text
    .replace(/[\p{Cc}\p{Cf}]/gu, "")
    .trim()
    .slice(0, LONGEST_NAME);
  return shown === "" ? subject : shown;
}

function mapClaims(
  connection: SamlConnection,
  assertion: VerifiedAssertion,
): Pick<Identity, "claims" | "unknown"> {
  const sources = Object.entries(connection.claims).filter(([ours]) => !isReservedClaim(ours));
  const unknown = unknownNames(sources, assertion);
  const found = sources
    .filter(([ours]) => !unknown.includes(ours))
    .map(([ours, theirs]): [string, string[]] => [ours, [...valuesOf(assertion, theirs)]])
    .filter(([, values]) => values.length > 0);
  return { claims: Object.fromEntries(found), unknown };
}

const isOverage = (assertion: VerifiedAssertion): boolean =>
  Object.hasOwn(assertion.attributes, ENTRA_OVERAGE) || assertion.unreadable.includes(ENTRA_OVERAGE);

function unknownNames(
  sources: readonly (readonly [ours: string, theirs: string])[],
  assertion: VerifiedAssertion,
): string[] {
  const unread = (theirs: string): boolean => assertion.unreadable.includes(theirs);
  const overage = isOverage(assertion);
  // Entra lets an administrator rename the attribute; then the claim of the usual name has no value.
  const left = (ours: string, theirs: string): boolean =>
    theirs === ENTRA_GROUPS || (ours === GROUPS && valuesOf(assertion, theirs).length === 0);
  const lost = sources
    .filter(([ours, theirs]) => unread(theirs) || (overage && left(ours, theirs)))
    .map(([ours]) => ours);
  const mapped = sources.some(([ours]) => ours === GROUPS);
  return overage && !mapped ? [...lost, GROUPS] : lost;
}

function secondFactorOf({ mfaContexts }: SamlConnection, amr: readonly string[]): Identity["mfa"] {
  if (mfaContexts.length === 0) return "unknown";
  return amr.some((value) => mfaContexts.includes(value)) ? "yes" : "no";
}
