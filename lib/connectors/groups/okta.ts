import * as v from "valibot";
import { textMember } from "../../oidc/peek.ts";
import { callJson, failed, type Page, type ReadGroups, readPages } from "./look-up.ts";

const Groups = v.array(v.object({ profile: v.object({ name: v.string() }) }));

/** Address of `rel="next"` in a Link header. @see https://www.rfc-editor.org/rfc/rfc8288 */
function nextLink(header: string | undefined): string | undefined {
  for (const [, url, parameters] of (header ?? "").matchAll(/<([^<>]{1,4096})>((?:\s*;[^,<]{0,256})*)/g))
    if (/;\s*rel="?next"?/.test(parameters ?? "")) return url;
  return undefined;
}

/**
 * Names of an Okta person's groups, by the token's `sub`, which is the user's id there.
 *
 * Asked with the API token in `groups.credential` (read-only administrator is enough). Okta flattens groups itself.
 *
 * @throws {Refusal} `groups_lookup_failed`.
 * @see https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserResources
 */
export const readOktaGroups: ReadGroups = async ({ connection, claims, surroundings, call }) => {
  const { credential, api } = connection.groups;
  if (credential === undefined) throw failed("credential_missing");
  const token = (await surroundings.secret(credential)).trim();
  if (!/^[\x21-\x7e]{1,512}$/.test(token)) throw failed("credential_unreadable");
  const base = (api ?? new URL(connection.issuer).origin).replace(/\/$/, "");
  const person = textMember(claims, "sub") ?? "";
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(person)) throw failed("subject_is_no_user_id");
  return readPages(`${base}/api/v1/users/${person}/groups?limit=200`, async (url): Promise<Page> => {
    const { json, headers } = await callJson(call, {
      url,
      headers: { authorization: `SSWS ${token}`, accept: "application/json" },
    });
    const parsed = v.safeParse(Groups, json);
    if (!parsed.success) throw failed("okta_answer");
    return { groups: parsed.output.map(({ profile }) => profile.name), next: nextLink(headers.link) };
  });
};
