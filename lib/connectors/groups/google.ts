import { createPrivateKey, sign } from "node:crypto";
import * as v from "valibot";
import { compactJws, JWT_BEARER_GRANT } from "../../oidc/client-assertion.ts";
import { textMember } from "../../oidc/peek.ts";
import { type AccessToken, accessToken, withToken } from "./access-token.ts";
import {
  callJson,
  failed,
  type LookUp,
  MOST_GROUPS,
  type Page,
  type ReadGroups,
  readPages,
} from "./look-up.ts";

const SCOPE = "https://www.googleapis.com/auth/admin.directory.group.readonly";

/** The part of a service account's key file that is used; `token_uri` is not: the broker's settings name that. */
const ServiceAccount = v.object({
  client_email: v.string(),
  private_key: v.string(),
  private_key_id: v.optional(v.string()),
});

/** Without groups Google leaves the member out; its kind tells that from an answer that is none. */
const Groups = v.object({
  kind: v.literal("admin#directory#groups"),
  groups: v.optional(v.array(v.object({ email: v.string() })), []),
  nextPageToken: v.optional(v.string()),
});

/** Most groups whose own parents are asked for, and how many at a time. */
const MOST_PARENTS = 200;
const AT_ONCE = 8;

/** The key file. @throws {Refusal} `groups_lookup_failed`; nothing of the file is in it. */
async function serviceAccount({ connection, surroundings }: LookUp) {
  const { credential } = connection.groups;
  if (credential === undefined) throw failed("credential_missing");
  const text = await surroundings.secret(credential);
  try {
    return v.parse(ServiceAccount, JSON.parse(text));
  } catch {
    throw failed("credential_unreadable");
  }
}

async function grantFields(lookUp: LookUp, url: string): Promise<Readonly<Record<string, string>>> {
  const { connection, surroundings } = lookUp;
  const account = await serviceAccount(lookUp);
  const now = surroundings.clock.now();
  const claims = {
    iss: account.client_email,
    scope: SCOPE,
    aud: url,
    iat: now,
    exp: now + 3600,
    ...(connection.groups.actAs === undefined ? {} : { sub: connection.groups.actAs }),
  };
  const header = account.private_key_id === undefined ? {} : { kid: account.private_key_id };
  try {
    const key = createPrivateKey(account.private_key);
    const assertion = await compactJws(header, claims, async (_digest, input) => sign("sha256", input, key));
    return { grant_type: JWT_BEARER_GRANT, assertion };
  } catch {
    throw failed("credential_unreadable");
  }
}

function tokenOf(lookUp: LookUp): Promise<AccessToken> {
  const { connection, surroundings, call } = lookUp;
  const { outbound, clock, settings } = surroundings;
  const key = [connection.id, connection.groups.actAs ?? "", JSON.stringify(connection.groups.credential)];
  return accessToken({ outbound, clock, call }, key, settings.googleToken, () =>
    grantFields(lookUp, settings.googleToken),
  );
}

/** Groups that a person or a group is directly in. */
function directGroups(call: LookUp["call"], base: string, member: string) {
  const first = new URL(`${base}/admin/directory/v1/groups`);
  first.searchParams.set("userKey", member);
  first.searchParams.set("maxResults", "200");
  return readPages(first.href, async (url): Promise<Page> => {
    const { json } = await callJson(call, { url, headers: { accept: "application/json" } });
    const parsed = v.safeParse(Groups, json);
    if (!parsed.success) throw failed("directory_answer");
    const { groups, nextPageToken } = parsed.output;
    const next = new URL(first);
    if (nextPageToken !== undefined) next.searchParams.set("pageToken", nextPageToken);
    return { groups: groups.map(({ email }) => email), next: nextPageToken && next.href };
  });
}

/** Walks from groups to the groups they are in, level by level, each group once. */
async function withParents(direct: readonly string[], parentsOf: (group: string) => Promise<string[]>) {
  const found = new Set(direct);
  const waiting = [...found];
  let asked = 0;
  while (waiting.length > 0) {
    const batch = waiting.splice(0, AT_ONCE);
    asked += batch.length;
    if (asked > MOST_PARENTS || found.size > MOST_GROUPS) throw failed("too_many_groups");
    for (const parent of (await Promise.all(batch.map(parentsOf))).flat()) {
      if (!found.has(parent)) waiting.push(parent);
      found.add(parent);
    }
  }
  return [...found];
}

/**
 * E-mail addresses of a Google Workspace person's groups, nested ones included.
 *
 * Asked of the Directory API as a service account with domain-wide delegation for
 * `admin.directory.group.readonly` that acts as the administrator `groups.actAs`, by the person's `sub`.
 *
 * @throws {Refusal} `groups_lookup_failed`.
 * @see https://developers.google.com/workspace/admin/directory/reference/rest/v1/groups/list
 */
export const readGoogleGroups: ReadGroups = async (lookUp) => {
  const { connection, claims, surroundings } = lookUp;
  const person = textMember(claims, "sub") ?? "";
  const base = (connection.groups.api ?? surroundings.settings.googleDirectory).replace(/\/$/, "");
  const call = withToken(lookUp.call, await tokenOf(lookUp));
  const groupsOf = (member: string) => directGroups(call, base, member);
  return withParents(await groupsOf(person), groupsOf);
};
