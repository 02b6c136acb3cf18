import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { handler as admin } from "../../../functions/admin.ts";
import { log } from "../../../functions/log.ts";
import { handler as worker } from "../../../functions/worker.ts";
import { functionNames, ROOT } from "../../../infra/build.ts";
import { signDigest } from "../../../lib/aws/kms.ts";
import { asRefusal, Refusal } from "../../../lib/core/errors.ts";
import { newReference } from "../../../lib/core/secret.ts";
import { record } from "../../../lib/store/audit.ts";
import { putScheduled, scheduledId } from "../../../lib/store/scheduled.ts";
import type { Table } from "../../../lib/store/table.ts";
import { eventAt, NOON } from "../../audit/surroundings.ts";
import { scheduled } from "../../faults/aws/newer-items.ts";
import { close, open, seed, table, written } from "../../functions/administered.ts";
import { eventOf } from "../../support/event.ts";
import { matches } from "./filter-pattern.ts";
import { logical, ofType, type Package, propertiesOf, readPackage } from "./packaged.ts";
import { openSeals, type Seals, seal, sealDamaged } from "./sealing.ts";

let template: Package["template"];
let seals: Seals;
before(async () => {
  ({ template } = await readPackage());
  await open();
  seals = await openSeals();
});
after(async () => {
  await close();
  await seals.stop();
});

const at = { reference: "01M82PZKNTM97K348TWVSWVGCC", sourceIp: "127.0.0.1" };
/** The lines that something leaves. */
async function linesOf(act: () => unknown): Promise<string[]> {
  const before = written.length;
  await act();
  return written.slice(before);
}
const refusing = (refusal: Refusal) => () => log.refusal(refusal, eventOf({}), at);

async function withoutKms(): Promise<void> {
  seals.isAway = true;
  const thrown = await signDigest("key", Buffer.alloc(32)).catch((error: unknown) => error);
  seals.isAway = false;
  refusing(asRefusal(thrown))();
}
const throttled = (status: number) => (): void => {
  const { Format } = propertiesOf(template, "HttpApiStage").AccessLogSettings as { Format: string };
  written.push(Format.replace("$context.status", String(status)).replace(/\$context\.[\w.]+/g, "-"));
};
const direct = (payload: object) => async () => {
  await admin(payload).catch(() => undefined);
};
const apply = { sekisho: "apply", author: "test", objects: seed };

/** Events that a table which does not answer takes nothing of. */
async function unwritten(): Promise<void> {
  const away = async () => {
    throw Object.assign(new Error(), { name: "TimeoutError" });
  };
  const table = { name: "sekisho", client: { send: away } } as unknown as Table;
  const thrown = await record(table, eventAt(NOON, 1), 1).catch((error: unknown) => error);
  refusing(asRefusal(thrown))();
}
async function damaged(): Promise<void> {
  await direct(apply)();
  await sealDamaged();
}
/** What was scheduled for a time when nobody came. */
async function missed(): Promise<void> {
  const dueAt = Math.floor(Date.now() / 1000) - 7200;
  await putScheduled(table(), { ...scheduled, id: scheduledId(dueAt, newReference()), dueAt });
  await admin({ sekisho: "publish-due" });
}

/** Every metric out of logs: what is counted, and what is not. */
const METRICS: readonly [
  metric: string,
  counted: readonly (() => unknown)[],
  not: readonly (() => unknown)[],
][] = [
  ["KeysUnavailable", [withoutKms], [refusing(new Refusal("broker_unavailable", { store: "TimeoutError" }))]],
  [
    "Unavailable",
    [
      refusing(new Refusal("rules_unavailable", { item: "HEAD" })),
      refusing(asRefusal(Object.assign(new Error(), { name: "ThrottlingException" }))),
    ],
    [refusing(new Refusal("role_not_granted")), () => log.request(eventOf({}), at, 503)],
  ],
  [
    "DirectWrites",
    [direct(apply), direct({ sekisho: "drop-keys", keys: [{ purpose: "sp-sign", keyId: "k" }] })],
    [
      direct({ sekisho: "list-keys" }),
      direct({ sekisho: "plan", author: "test", objects: seed }),
      direct({ sekisho: "recover", connection: "okta", subject: "x" }),
    ],
  ],
  ["Recoveries", [direct({ sekisho: "recover", connection: "okta", subject: "x" })], [direct(apply)]],
  // The demo providers are private addresses, and no deployment's list has them here: none can be read.
  ["ProviderAlarms", [worker], [direct(apply)]],
  ["WorkerRounds", [worker], [direct(apply)]],
  // A slice that is sealed and has lost its leaves; the trail it leaves is the one that cannot be shipped.
  ["AuditLeavesMissing", [damaged], [seal]],
  ["AuditSealLag", [seal], [worker]],
  ["AuditSinkFailures", [seal], [worker]],
  ["AuditSinkLag", [seal], [worker]],
  ["AuditUnwritten", [unwritten], [refusing(new Refusal("broker_unavailable", { store: "TimeoutError" }))]],
  ["ScheduleFailures", [missed], [direct(apply)]],
  ["ThrottledRequests", [throttled(429)], [throttled(200), throttled(503)]],
];

interface Filter {
  readonly FilterPattern: string;
  readonly LogGroupName: { readonly Ref: string };
  readonly MetricTransformations: readonly [{ readonly MetricValue: string }];
}

/** What a line adds to its metric: a number, or what stands in a field of it. */
const measureOf = (value: string, line: string): number =>
  Number(value.startsWith("$.") ? JSON.parse(line)[value.slice(2)] : value);

const filtersOf = (metric: string): Filter[] =>
  ofType(template, "AWS::Logs::MetricFilter")
    .map(([, properties]) => properties)
    .filter(({ MetricTransformations }) =>
      JSON.stringify(MetricTransformations).includes(`"${metric}"`),
    ) as never;

for (const [metric, counted, not] of METRICS)
  test(`${metric} counts the lines that are written, and no others`, async () => {
    const filters = filtersOf(metric);
    assert.ok(filters.length > 0);
    for (const { FilterPattern, MetricTransformations } of filters) {
      for (const act of counted) {
        const lines = await linesOf(act);
        const found = lines.filter((line) => matches(FilterPattern, line));
        assert.ok(found.length > 0, lines.join("\n") || "no line");
        for (const line of found) assert.ok(measureOf(MetricTransformations[0].MetricValue, line) >= 0, line);
        // What Lambda's own console would have made of it.
        assert.ok(
          !lines.some((line) => matches(FilterPattern, `2026-11-28T00:00:00.000Z\tid\tINFO\t${line}`)),
        );
      }
      for (const act of not) {
        const lines = await linesOf(act);
        assert.ok(lines.length > 0);
        assert.deepEqual(
          lines.filter((line) => matches(FilterPattern, line)),
          [],
        );
      }
    }
  });

const alarms = (): [string, Record<string, unknown>][] => ofType(template, "AWS::CloudWatch::Alarm");

test("every metric out of logs has an alarm, and every such alarm a metric", () => {
  const filters = ofType(template, "AWS::Logs::MetricFilter");
  const made = filters.map(
    ([, { MetricTransformations }]) => (MetricTransformations as [{ MetricName: string }])[0].MetricName,
  );
  const heard = alarms().flatMap(([, { Namespace, MetricName }]) =>
    typeof Namespace === "object" ? [String(MetricName)] : [],
  );
  const known = METRICS.map(([metric]) => metric).sort();
  assert.deepEqual([...new Set(made)].sort(), known);
  assert.deepEqual(heard.sort(), known);
});

test("whoever may say that something is away is listened to", () => {
  const groups = filtersOf("Unavailable").map(({ LogGroupName }) => LogGroupName.Ref);
  // The worker has no requests; what fails there is an error of the function.
  const speaking = functionNames().filter((name) => name !== "worker");
  assert.deepEqual(groups.sort(), speaking.map((name) => `${logical(name)}LogGroup`).sort());
});

test("every function has alarms for errors, throttles and its last seconds", () => {
  for (const name of functionNames()) {
    const mine = alarms().filter(([, { Dimensions }]) =>
      JSON.stringify(Dimensions)?.includes(`"${logical(name)}LambdaFunction"`),
    );
    assert.deepEqual(mine.map(([, { MetricName }]) => MetricName).sort(), [
      "Duration",
      "Errors",
      "Throttles",
    ]);
    const { Timeout } = propertiesOf(template, `${logical(name)}LambdaFunction`);
    // A request of `admin` ends with what API Gateway waits; what is invoked directly may take longer, and rings.
    const most = Math.min(Number(Timeout), name === "admin" ? 30 : Number(Timeout));
    const duration = mine.find(([, { MetricName }]) => MetricName === "Duration")?.[1].Threshold;
    const share = Number(duration) / 1000 / most;
    assert.ok(share >= 0.75 && share < 1, `${name}: ${share}`);
  }
});

test("the head of infra/alarms.yml counts alarms and metrics as they are", () => {
  const text = readFileSync(join(ROOT, "infra/alarms.yml"), "utf8");
  const metrics = alarms().reduce(
    (sum, [, { Metrics }]) =>
      sum + (Array.isArray(Metrics) ? Metrics.filter((one) => one.MetricStat !== undefined).length : 1),
    0,
  );
  assert.ok(
    text.includes(`${alarms().length} alarms over ${metrics} metrics are ${(metrics / 10).toFixed(2)} USD`),
  );
  assert.equal(METRICS.length, 13);
});

test("a silent worker rings, by its rounds and by its seal, and so does every silent schedule, and nothing else", () => {
  const breaching = alarms().filter(([, { TreatMissingData }]) => TreatMissingData !== "notBreaching");
  assert.deepEqual(breaching.map(([name, { Period, Threshold }]) => [name, Period, Threshold]).sort(), [
    ["AuditSealStands", 900, 900],
    ["DueNotAsked", 300, 1],
    ["RefreshNotAsked", 3600, 1],
    ["SealNotAsked", 900, 1],
    ["WorkerStands", 3600, 1],
  ]);
});

test("every schedule has an alarm that rings when three of its rounds or more were not asked for", () => {
  const rules = ofType(template, "AWS::Events::Rule");
  assert.equal(rules.length, 3);
  for (const [name, { ScheduleExpression, EventBusName }] of rules) {
    const mine = alarms().filter(([, { Namespace, Dimensions }]) => {
      const byRule =
        JSON.stringify(Dimensions) === JSON.stringify([{ Name: "RuleName", Value: { Ref: name } }]);
      return Namespace === "AWS/Events" && byRule;
    });
    const [alarm, ...others] = mine.map(([, properties]) => properties);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [
        alarm?.MetricName,
        alarm?.Statistic,
        alarm?.ComparisonOperator,
        alarm?.Threshold,
        alarm?.TreatMissingData,
      ],
      ["Invocations", "Sum", "LessThanThreshold", 1, "breaching"],
      name,
    );
    // Of a bus of its own a rule would report by the bus besides.
    assert.equal(EventBusName, undefined);
    const [, minutes] = /^rate\((\d+) minutes?\)$/.exec(String(ScheduleExpression)) ?? [];
    const rounds = Number(alarm?.Period) / 60 / Number(minutes);
    assert.ok(rounds >= 3 && rounds <= 5, `${name}: ${rounds} rounds`);
  }
});

test("a round of the worker that could not begin is forgotten before the next one is due", () => {
  const rule = propertiesOf(template, "WorkerEventsRuleSchedule1");
  const [, minutes] = /^rate\((\d+) minutes\)$/.exec(String(rule.ScheduleExpression)) ?? [];
  const [target, ...others] = rule.Targets as [Record<string, unknown>];
  const queue = propertiesOf(template, "WorkerLambdaEvConf");
  const limits = { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: Number(minutes) * 60 };
  assert.deepEqual(target.RetryPolicy, limits);
  assert.deepEqual(target.Arn, { "Fn::GetAtt": ["WorkerLambdaFunction", "Arn"] });
  assert.deepEqual(others, []);
  assert.equal(queue.MaximumRetryAttempts, limits.MaximumRetryAttempts);
  assert.equal(queue.MaximumEventAgeInSeconds, limits.MaximumEventAgeInSeconds);
});

test("a round of what is due is asked for every minute, and one that could not begin is forgotten by the next", () => {
  const { ScheduleExpression, State, Targets } = propertiesOf(template, "AdminEventsRuleSchedule1");
  assert.deepEqual([ScheduleExpression, State], ["rate(1 minute)", "ENABLED"]);
  assert.deepEqual(Targets, [
    {
      Id: "adminSchedule",
      Arn: { "Fn::GetAtt": ["AdminLambdaFunction", "Arn"] },
      Input: '{"sekisho":"publish-due"}',
      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
    },
  ]);
  const queue = propertiesOf(template, "AdminLambdaEvConf");
  assert.deepEqual([queue.MaximumRetryAttempts, queue.MaximumEventAgeInSeconds], [0, 60]);
});

test("every alarm names a line of docs/operations.md, and every line there is named", () => {
  const page = readFileSync(join(ROOT, "docs/operations.md"), "utf8");
  const [, section = ""] = /\n## Alarms\n(.*?)(?=\n## |$)/s.exec(page) ?? [];
  const lines = [...section.matchAll(/^\| "([^"]+)" \|/gm)].map(([, name]) => name);
  const named = alarms().map(([, { AlarmDescription }]) => /"([^"]+)"/.exec(String(AlarmDescription))?.[1]);
  assert.deepEqual([...new Set(named)].sort(), lines.sort());
});
