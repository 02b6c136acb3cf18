import * as v from "valibot";
import { refreshNow, reportConnections } from "../../lib/flows/admin.ts";
import { approveKeys, endKeys } from "../../lib/flows/provider-keys.ts";
import { json } from "../respond.ts";
import * as answers from "./answers.ts";
import { broker } from "./open.ts";
import { type AdminRoutes, adminRoute } from "./route.ts";

const connections = adminRoute(
  {
    does: "What was learnt of every provider, and which keys wait.",
    doing: "reads",
    looks: "connections",
    answers: v.strictObject({ connections: v.array(answers.Connection) }),
  },
  async () => json({ connections: await reportConnections(broker()) }),
);

const Named = v.object({ connection: v.string() });

const refresh = adminRoute(
  {
    does: "Reads a provider's metadata or keys again, now.",
    path: Named,
    looks: "refresh",
    answers: answers.Connection,
    refuses: ["connection_unknown", "provider_unreachable"],
  },
  async ({ path, at }) => json(await refreshNow(broker(), path.connection, at.reference)),
);

const Fingerprint = v.pipe(v.string(), v.regex(/^(?:[0-9a-fA-F]{2}:?){32}$/));
const Fingerprints = v.object({
  fingerprints: v.pipe(v.array(Fingerprint), v.minLength(1), v.maxLength(20)),
});

const approve = adminRoute(
  {
    does: "Believes keys that waited; where connections take two people, once the second says so.",
    path: Named,
    body: Fingerprints,
    answers: answers.Keys,
    refuses: ["connection_unknown", "configuration_moved", "approval_not_yours"],
  },
  async ({ path, body, who: author, at: { reference } }) => {
    const by = { author, reference };
    return json({ keys: await approveKeys(broker(), path.connection, body.fingerprints, by) });
  },
);

const end = adminRoute(
  {
    does: "Believes keys no more, whatever their provider publishes.",
    path: Named,
    body: Fingerprints,
    answers: answers.Keys,
    refuses: ["connection_unknown", "configuration_moved"],
  },
  async ({ path, body, who: author, at: { reference } }) => {
    const by = { author, reference };
    return json({ keys: await endKeys(broker(), path.connection, body.fingerprints, by) });
  },
);

export const connectionRoutes: AdminRoutes = {
  "GET /api/admin/connections": connections,
  "POST /api/admin/connections/{connection}/refresh": refresh,
  "POST /api/admin/connections/{connection}/approve": approve,
  "POST /api/admin/connections/{connection}/end": end,
};
