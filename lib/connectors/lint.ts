import type { OidcConnection, SamlConnection } from "../core/connection.ts";
import type { Problem } from "../core/problem.ts";
import { isChangeableName } from "../rules/changeable.ts";
import { isOneFactor } from "./second-factor.ts";

/** Something about a connection that is not wrong but deserves a second look. */
type Doubt = Pick<Problem, "path" | "message" | "fix">;

/** What a connection of people leaves in doubt: who they are next year, and what proves their second factor. */
export function doubtsOf(connection: SamlConnection | OidcConnection): Doubt[] {
  if (connection.protocol === "saml")
    return [...subjectDoubts(connection), ...factorDoubts(["mfaContexts"], connection.mfaContexts)];
  return [
    ...factorDoubts(["mfaValues"], connection.mfaValues ?? []),
    ...factorDoubts(["secondFactor", "acrValues"], connection.secondFactor?.acrValues ?? []),
  ];
}

/** Who inherits an address or a name would inherit sessions, grants and the name in AWS's own trail. */
function subjectDoubts({ subject, claims }: SamlConnection): Doubt[] {
  const path = ["subject"];
  if (subject === undefined)
    return [
      {
        path,
        message:
          "It is not said what people are known by. The NameID is taken: at Okta and Google an e-mail address, unless an administrator chose another.",
        fix: "Name an attribute with an id that is never given to somebody else, or write `subject: nameId` if the NameID is one; see docs/idp/.",
      },
    ];
  const ours = Object.keys(claims).filter((name) => claims[name] === subject);
  const changeable = [subject, ...ours].find(isChangeableName);
  if (changeable === undefined) return [];
  return [
    {
      path,
      message: `\`${changeable}\` can change, and be given to somebody else.`,
      fix: "Have the provider send an id that lasts, and name its attribute here; see docs/idp/.",
    },
  ];
}

const factorDoubts = (field: readonly string[], values: readonly string[]): Doubt[] =>
  values.flatMap((value, index) =>
    isOneFactor(value)
      ? [
          {
            path: [...field, index],
            message: `\`${value}\` may be the only factor there was.`,
            fix: "Remove it, unless this provider sends it beside a first factor alone.",
          },
        ]
      : [],
  );

const PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * What one accepted assertion shows of its subject, in sentences for whoever looks into it. No value is repeated.
 *
 * @param format The NameID's Format; undefined where the provider named none.
 */
export function doubtsOfSubject(
  { subject = "nameId" }: SamlConnection,
  value: string,
  format: string | undefined,
): string[] {
  const address = ADDRESS.test(value) || (subject === "nameId" && /:emailAddress$/.test(format ?? ""));
  if (address)
    return [
      `the subject (${subject}) is an e-mail address, which can change and be given to somebody else: name an attribute that lasts in \`subject\``,
    ];
  if (subject !== "nameId" || format === PERSISTENT) return [];
  const said = format === undefined ? "has no format" : `has the format ${format.split(":").at(-1)}`;
  return [`the NameID ${said}, which does not promise that it lasts; persistent does`];
}
