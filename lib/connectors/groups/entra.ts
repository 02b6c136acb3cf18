import * as v from "valibot";
import { clientFields } from "../../oidc/client-authentication.ts";
import { textMember } from "../../oidc/peek.ts";
import { credentialOf } from "../credential.ts";
import { type AccessToken, accessToken, withToken } from "./access-token.ts";
import { callJson, failed, type LookUp, type Page, type ReadGroups, readPages } from "./look-up.ts";

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const Ids = v.object({ value: v.array(v.string()), "@odata.nextLink": v.optional(v.string()) });
const Objects = v.object({
  value: v.array(v.object({ id: v.string() })),
  "@odata.nextLink": v.optional(v.string()),
});

/** Tenant and object id of the person, from the verified token. @throws {Refusal} `groups_lookup_failed`. */
function whoIs({ claims }: LookUp): { tid: string; oid: string } {
  const tid = textMember(claims, "tid") ?? "";
  const oid = textMember(claims, "oid") ?? "";
  if (!GUID.test(tid) || !GUID.test(oid)) throw failed("tid_or_oid_missing");
  return { tid, oid };
}

const trimmed = (base: string): string => base.replace(/\/$/, "");

function tokenOf(
  { connection, surroundings, call }: LookUp,
  tid: string,
  graph: string,
): Promise<AccessToken> {
  const { clock, outbound, settings } = surroundings;
  const url = `${trimmed(settings.entraLogin)}/${tid}/oauth2/v2.0/token`;
  const scope = `${graph}/.default`;
  return accessToken(
    { outbound, clock, call },
    [connection.id, connection.clientId, scope],
    url,
    async () => ({
      grant_type: "client_credentials",
      scope,
      ...(await clientFields(credentialOf(connection, surroundings), {
        clientId: connection.clientId,
        audience: url,
        clock,
      })),
    }),
  );
}

/** The list of member objects in one call; undefined when the person has more than that call can answer. */
async function memberObjects(call: LookUp["call"], user: string) {
  const { status, body } = await call({
    url: `${user}/getMemberObjects`,
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ securityEnabledOnly: false }),
  });
  if (status === 200) return new TextDecoder().decode(body);
  if (status === 400 && new TextDecoder().decode(body).includes("Directory_ResultSizeLimitExceeded"))
    return undefined;
  throw failed("status", { status });
}

function idsOf(text: string): v.InferOutput<typeof Ids> {
  try {
    return v.parse(Ids, JSON.parse(text));
  } catch {
    throw failed("graph_answer");
  }
}

/** Groups with paging, nested ones included. */
function transitiveGroups(call: LookUp["call"], user: string): Promise<string[]> {
  return readPages(
    `${user}/transitiveMemberOf/microsoft.graph.group?$select=id&$top=999`,
    async (url): Promise<Page> => {
      const { json } = await callJson(call, { url, headers: { accept: "application/json" } });
      const parsed = v.safeParse(Objects, json);
      if (!parsed.success) throw failed("graph_answer");
      const { value, "@odata.nextLink": next } = parsed.output;
      return { groups: value.map(({ id }) => id), next };
    },
  );
}

/**
 * Object ids of an Entra person's groups and directory roles, nested ones included.
 *
 * Asked of Graph with the connection's own client (application permission `GroupMember.Read.All` and `User.Read.All`),
 * at an address built from the token's tid and oid. The link a token carries in an overage is never followed.
 *
 * @throws {Refusal} `groups_lookup_failed`.
 * @see https://learn.microsoft.com/en-us/graph/api/directoryobject-getmemberobjects
 */
export const readEntraGroups: ReadGroups = async (lookUp) => {
  const { connection, surroundings } = lookUp;
  const { tid, oid } = whoIs(lookUp);
  const graph = trimmed(connection.groups.api ?? surroundings.settings.graph);
  const user = `${graph}/v1.0/users/${oid}`;
  const call = withToken(lookUp.call, await tokenOf(lookUp, tid, graph));
  const text = await memberObjects(call, user);
  if (text === undefined) return transitiveGroups(call, user);
  const { value, "@odata.nextLink": next } = idsOf(text);
  // This call answers whole; one that does not is read again by the paged way rather than half.
  return next === undefined ? value : transitiveGroups(call, user);
};
