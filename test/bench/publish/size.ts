/** One size of `publish`, in a process of its own: what was allocated at most is told once for a process. */
import { performance } from "node:perf_hooks";
import { fixedClock } from "../../../lib/core/time.ts";
import type { Planning } from "../../../lib/flows/plan.ts";
import { planRules, publishRules } from "../../../lib/flows/publish-rules.ts";
import { countingTable } from "./table.ts";

const count = Number(process.argv[2]);
const { table, counted } = countingTable();
const broker: Planning = {
  table,
  clock: fixedClock(1_795_000_000),
  pepper: async () => "pepper",
  config: { envSecrets: "refused" } as unknown as Planning["config"],
};

const accounts = Array.from({ length: 200 }, (_, at) => ({
  kind: "Account",
  id: String(100_000_000_000 + at),
  name: `a${at}`,
  path: "/prod",
}));
const roles = Array.from({ length: 25 }, (_, at) => ({
  kind: "Role",
  name: `Role${at}`,
  accounts: ["ou:/prod/**"],
}));
const connection = {
  kind: "Connection",
  id: "okta",
  protocol: "saml",
  metadata: { xml: "<EntityDescriptor/>" },
  subject: "nameId",
  claims: { groups: "groups" },
};
/** Five rules for each group; each gives one role in one account. */
const rule = (at: number, role = at % 25) => ({
  kind: "Rule",
  id: `rule-${at}`,
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: `group-${Math.floor(at / 5)}` }],
  grant: { roles: [`Role${role}`], accounts: [String(100_000_000_000 + (at % 200))] },
});
const wished = (changed?: number) => [
  connection,
  ...accounts,
  ...roles,
  ...Array.from({ length: count }, (_, at) => rule(at, at === changed ? 24 : undefined)),
];
const author = { actor: "operator", name: "bench" } as const;

async function measured(
  what: string,
  work: () => Promise<{ readonly outcome?: string; readonly problems: readonly object[] }>,
) {
  counted.reads = 0;
  counted.writes = 0;
  const began = performance.now();
  const used = process.cpuUsage();
  const done = await work();
  const milliseconds = performance.now() - began;
  const { user, system } = process.cpuUsage(used);
  if (done.outcome !== undefined && done.outcome !== "published")
    throw new Error(`${done.outcome}: ${JSON.stringify(done.problems.slice(0, 3))}`);
  return {
    what,
    milliseconds,
    processor: (user + system) / 1000,
    ...counted,
    peak: process.resourceUsage().maxRSS * 1024,
  };
}

const told = [
  await measured("first publish", () =>
    publishRules(broker, { objects: wished(), author, reference: "01J00000000000000000000001" }),
  ),
  await measured("plan of one changed", () => planRules(broker, { objects: wished(3), author })),
  await measured("publish of one changed", () =>
    publishRules(broker, { objects: wished(3), author, reference: "01J00000000000000000000002" }),
  ),
];
process.send?.(told, () => process.disconnect());
if (process.send === undefined) console.table(told);
