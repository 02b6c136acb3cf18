import { attribute, children, NS, onlyChild, textOf } from "./dom.ts";
import { invalidToken } from "./saml-response.ts";
import { checkTags } from "./session-tags.ts";

const PREFIX = "https://aws.amazon.com/SAML/Attributes/";
const NAME = /^[a-zA-Z_0-9+=,.@-]{2,64}$/;
const ROLE_PAIR =
  /^(arn:aws[\w-]*:iam::\d{12}:role\/[\x21-\x7e]+),(arn:aws[\w-]*:iam::\d{12}:saml-provider\/[\w._-]{1,128})$/;

/** What an assertion asks of AWS. */
export interface SamlAttributes {
  readonly roles: readonly { readonly roleArn: string; readonly providerArn: string }[];
  readonly sessionName: string;
  readonly sessionSeconds?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
  /** Attributes that are not AWS's own, for conditions such as `saml:mail`. */
  readonly others: ReadonlyMap<string, readonly string[]>;
}

/** Every attribute by its exact name. */
function readAll(assertion: Element): ReadonlyMap<string, readonly string[]> {
  const statement = onlyChild(assertion, NS.assertion, "AttributeStatement");
  if (!statement) throw invalidToken("Response must contain exactly one AttributeStatement");
  const all = new Map<string, readonly string[]>();
  for (const element of children(statement, NS.assertion, "Attribute")) {
    const name = attribute(element, "Name") ?? "";
    const values = children(element, NS.assertion, "AttributeValue").map(textOf);
    if (name === "" || all.has(name)) throw invalidToken("An attribute has no name, or the name of another");
    if (!values.every((value) => value !== undefined))
      throw invalidToken("An attribute value holds elements");
    all.set(name, values);
  }
  return all;
}

/** The one value of an attribute; undefined where the attribute is absent. */
function single(ours: ReadonlyMap<string, readonly string[]>, name: string): string | undefined {
  const values = ours.get(name);
  if (values !== undefined && values.length !== 1)
    throw invalidToken(`${name} in AuthnResponse must have exactly one value`);
  return values?.[0];
}

function readRoles(values: readonly string[] | undefined): SamlAttributes["roles"] {
  if (values === undefined || values.length === 0) throw invalidToken("Role is required in AuthnResponse");
  return values.map((value) => {
    const [, roleArn, providerArn] = ROLE_PAIR.exec(value) ?? [];
    if (roleArn === undefined || providerArn === undefined)
      throw invalidToken("Role in AuthnResponse must be a role ARN, a comma and a provider ARN");
    return { roleArn, providerArn };
  });
}

function readSessionSeconds(text: string | undefined): Pick<SamlAttributes, "sessionSeconds"> {
  if (text === undefined) return {};
  const seconds = /^\d{3,5}$/.test(text) ? Number(text) : 0;
  if (seconds < 900 || seconds > 43_200)
    throw invalidToken("SessionDuration in AuthnResponse must be between 900 and 43200 seconds");
  return { sessionSeconds: seconds };
}

function readSourceIdentity(text: string | undefined): Pick<SamlAttributes, "sourceIdentity"> {
  if (text === undefined) return {};
  if (!NAME.test(text)) throw invalidToken("Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64}");
  return { sourceIdentity: text };
}

function readSessionName(text: string | undefined): string {
  if (text === undefined) throw invalidToken("RoleSessionName is required in AuthnResponse");
  if (!NAME.test(text))
    throw invalidToken("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}");
  return text;
}

const KNOWN = ["Role", "RoleSessionName", "SessionDuration", "TransitiveTagKeys", "SourceIdentity"];

interface Sorted {
  readonly ours: Map<string, readonly string[]>;
  readonly tags: [key: string, value: string][];
  readonly others: Map<string, readonly string[]>;
}

/** Tells AWS's attributes, session tags and all others apart. */
function sortOut(all: ReadonlyMap<string, readonly string[]>): Sorted {
  const others = new Map([...all].filter(([name]) => !name.startsWith(PREFIX)));
  const sorted: Sorted = { ours: new Map(), tags: [], others };
  for (const [name, values] of all) {
    if (others.has(name)) continue;
    const short = name.slice(PREFIX.length);
    const [, tag] = /^PrincipalTag:(.*)$/s.exec(short) ?? [];
    if (tag !== undefined) sorted.tags.push([tag, single(all, name) ?? ""]);
    else if (KNOWN.includes(short)) sorted.ours.set(short, values);
    else throw invalidToken(`AWS has no attribute ${short.slice(0, 60)}`);
  }
  return sorted;
}

/**
 * Reads the attributes that steer a session.
 *
 * @throws {AwsFault} InvalidIdentityToken. A name under AWS's prefix that AWS does not define is refused, since
 *   a misspelt one would silently do nothing.
 */
export function readAttributes(assertion: Element): SamlAttributes {
  const { ours, tags, others } = sortOut(readAll(assertion));
  const transitiveTagKeys = ours.get("TransitiveTagKeys") ?? [];
  checkTags(tags, transitiveTagKeys, invalidToken);
  return {
    roles: readRoles(ours.get("Role")),
    sessionName: readSessionName(single(ours, "RoleSessionName")),
    ...readSessionSeconds(single(ours, "SessionDuration")),
    tags: Object.fromEntries(tags),
    transitiveTagKeys,
    ...readSourceIdentity(single(ours, "SourceIdentity")),
    others,
  };
}
