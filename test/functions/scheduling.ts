import assert from "node:assert/strict";
import { after, before, beforeEach, mock } from "node:test";
import { handler } from "../../functions/admin.ts";
import type { AuditEvent } from "../../lib/core/audit.ts";
import { toInstant } from "../../lib/core/time.ts";
import { readEvents } from "../../lib/store/audit-events.ts";
import { ask, close, open, seed, table, tokenOf, written } from "./administered.ts";

export type Objects = readonly Record<string, unknown>[];
export const right = (id: string, group: string, grant: object) => ({
  kind: "Rule",
  id,
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: group }],
  grant,
});
export const more = (id: string) => right(id, "x", { roles: ["ReadOnly"], accounts: ["ou:/sandbox"] });
export const BASE: Objects = [
  ...seed,
  right("bounded", "sandbox", { broker: ["editor"], accounts: ["ou:/sandbox/**"] }),
  right("editors", "editors", { broker: ["editor"] }),
];
export const START = Date.UTC(2026, 10, 28, 3, 0, 0);
export const DUE = START / 1000 + 3600;

export const somebody = (group: string) =>
  tokenOf({ claims: { groups: [group] }, subject: group }, "api", group === "sre" ? "P" : group);
export const trail = async () =>
  (await readEvents(table(), START / 1000 - 60, DUE + 86_400)) as unknown as readonly AuditEvent[];
export const tick = () => handler({ sekisho: "publish-due" }) as Promise<Record<string, number>>;
export const version = async () => (await ask("GET /api/admin/configuration", ana)).body.version as number;
export const apply = (objects: Objects, more: Record<string, unknown> = {}, token = ana) =>
  ask("POST /api/admin/apply", token, { objects, ...more });
export const byOperator = (objects: Objects) => handler({ sekisho: "apply", objects, author: "operator" });
export const show = async (id: string, token = ana) =>
  (await ask("GET /api/admin/scheduled/{scheduled}", token, undefined, { parameters: { scheduled: id } }))
    .body;
export const cancel = (id: string, token: string) =>
  ask("POST /api/admin/scheduled/{scheduled}/cancel", token, {}, { parameters: { scheduled: id } });

export let ana: string;
before(async () => {
  mock.timers.enable({ apis: ["Date"], now: START });
  await open();
});
after(async () => {
  await close();
  mock.timers.reset();
});
beforeEach(async () => {
  mock.timers.setTime(START);
  ana = await somebody("sre");
  await byOperator(BASE);
});
/** Time goes by, and whoever had a token has a new one. */
export async function at(seconds: number): Promise<void> {
  mock.timers.setTime(seconds * 1000);
  ana = await somebody("sre");
}

/** Schedules what adds one rule. */
export async function scheduled(rule: string, extra: object = {}, token = ana): Promise<string> {
  const answer = await apply([...BASE, more(rule)], { at: toInstant(DUE), ...extra }, token);
  assert.deepEqual([answer.status, answer.body.outcome], [200, "scheduled"], JSON.stringify(answer.body));
  return String(answer.body.scheduled);
}
export async function failsWith(id: string, code: string, who = "P"): Promise<void> {
  const before = await version();
  await at(DUE);
  assert.deepEqual(await tick(), { published: 0, failed: 1, "put off": 0 });
  assert.equal(await version(), before, "nothing is published");
  const { state, code: told } = await show(id);
  assert.deepEqual([state, told], ["failed", code]);
  const events = await trail();
  const failed = events.filter(
    ({ kind, detail }) => kind === "config.schedule-failed" && detail?.scheduled === id,
  );
  assert.deepEqual(
    failed.map((one) => [one.code, one.actor, one.personId]),
    [[code, "broker", who]],
  );
  assert.ok(written.some((line) => line.includes("scheduled publish failed") && line.includes(id)));
  assert.deepEqual(await tick(), { published: 0, failed: 0, "put off": 0 }, "once");
}
