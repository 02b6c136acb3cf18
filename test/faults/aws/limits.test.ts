import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { describe } from "node:test";
import { ROOT } from "../../../infra/build.ts";
import { readDeployment } from "../../../infra/local/routes.ts";
import { deadline, endWithRequest, within } from "../../../lib/core/deadline.ts";
import { asRefusal } from "../../../lib/core/errors.ts";
import {
  ADMIN_SECONDS,
  DIRECT_SECONDS,
  FAULT_SECONDS,
  ONE_TRY,
  PAUSE_MILLISECONDS,
  PROGRAM_LIMITS,
  REQUEST_SECONDS,
  TRIES,
  WORKER_SECONDS,
} from "../../../lib/core/limits.ts";
import { isPassing, persistently } from "../../../lib/core/persistence.ts";
import { openTable } from "../../../lib/store/table.ts";
import { later } from "../../support/later.ts";

const busy = Object.assign(new Error("slow down"), { name: "ThrottlingException" });

/** What a caller lives through whose every try fails at once, with a clock that only its pauses move. */
async function schedule(fraction: number, tryUntil = Number.POSITIVE_INFINITY) {
  const pauses: number[] = [];
  let now = 0;
  let tries = 0;
  const wait = async (milliseconds: number) => {
    pauses.push(milliseconds);
    now += milliseconds;
  };
  const fail = async () => {
    tries++;
    throw busy;
  };
  const until = { leftToTry: () => tryUntil - now };
  await assert.rejects(persistently(fail, { wait, fraction: () => fraction, until }), busy);
  return { pauses, tries, now };
}

describe("retries", () => {
  test("are few, and their pauses grow", async () => {
    assert.deepEqual(await schedule(0.5), { pauses: [50, 100], tries: TRIES, now: 150 });
  });

  test("are spread over the whole of each pause", async () => {
    assert.deepEqual((await schedule(0)).pauses, [0, 0]);
    assert.deepEqual((await schedule(0.999)).pauses, [99, 199]);
    const real: number[] = [];
    for (let i = 0; i < 200; i++)
      await persistently(() => Promise.reject(busy), {
        wait: async (pause) => void real.push(pause),
        until: undefined,
      }).catch(() => {});
    assert.ok(new Set(real).size > 50, "callers do not come back at once");
    assert.ok(real.every((pause) => pause < PAUSE_MILLISECONDS * 2 ** (TRIES - 2)));
  });

  test("end where another would begin too late", async () => {
    assert.deepEqual(await schedule(0.9, 200), { pauses: [90], tries: 2, now: 90 });
  });

  test("of a program's request leave it an answer within 800 ms, however long AWS throttles", async () => {
    const { now } = await schedule(0.999, PROGRAM_LIMITS.tryUntilMilliseconds);
    assert.ok(now <= PROGRAM_LIMITS.tryUntilMilliseconds && PROGRAM_LIMITS.tryUntilMilliseconds < 800);
  });

  test("are not for what AWS refused, for a condition that failed, or for a request that is over", () => {
    const refused = { $fault: "client", $metadata: { httpStatusCode: 400 } };
    const named = (name: string) => Object.assign(new Error(name), refused, { name });
    for (const name of ["ConditionalCheckFailedException", "AccessDeniedException", "ValidationException"])
      assert.ok(!isPassing(named(name)), name);
    assert.ok(!isPassing(Object.assign(new Error("over"), { name: "AbortError", $metadata: {} })));
    assert.ok(!isPassing(new TypeError("x is undefined")));
    assert.ok(isPassing(Object.assign(new Error("reset"), { code: "ECONNRESET" })));
    assert.ok(isPassing(Object.assign(new SyntaxError("?"), { $metadata: { httpStatusCode: 200 } })));
    assert.ok(
      isPassing(Object.assign(named("RequestTimeTooSkewed"), { $metadata: { clockSkewCorrected: true } })),
    );
  });
});

describe("time-outs", () => {
  test("a try ends by itself, also where the SDK would only warn", async () => {
    const { requestHandler } = ONE_TRY;
    assert.ok(requestHandler.throwOnRequestTimeout);
    const most = requestHandler.connectionTimeout + requestHandler.requestTimeout;
    assert.ok(most <= 4000 && requestHandler.socketTimeout <= 3000);
    const { client } = openTable("t");
    assert.equal(await client.config.maxAttempts(), 1);
    client.destroy();
  });

  test("every function answers before Lambda ends it, and before API Gateway gives up", () => {
    const { functions, routes } = readDeployment(readFileSync(join(ROOT, "serverless.yml"), "utf8"));
    const work: Readonly<Record<string, number>> = { admin: ADMIN_SECONDS, worker: WORKER_SECONDS };
    for (const [name, { timeoutSeconds }] of functions) {
      const most = (work[name] ?? REQUEST_SECONDS) + (name === "worker" ? 0 : FAULT_SECONDS);
      assert.ok(most < timeoutSeconds, `${name}: ${most} s of ${timeoutSeconds} s`);
      if (routes.some(({ functionName }) => functionName === name)) assert.ok(most < 29, name);
    }
    // Invoked directly it has longer, and answers before Lambda's own end all the same.
    assert.ok(DIRECT_SECONDS < (functions.get("admin")?.timeoutSeconds ?? 0));
    assert.ok(PROGRAM_LIMITS.seconds <= 5);
  });

  test("each request has a deadline of its own, which ends with it", async () => {
    assert.equal(deadline(), undefined);
    const seen = await Promise.all([1, 2].map((seconds) => within(seconds, async () => deadline())));
    assert.notEqual(seen[0], seen[1]);
    assert.ok(seen.every((one) => one !== undefined && !one.signal.aborted && one.left() <= 2000));
    assert.equal(deadline(), undefined);
  });

  test("a request that was frozen for longer than it had answers nothing, and asks nothing more", async (t) => {
    t.after(() => later(-600));
    const client = endWithRequest({
      config: { requestHandler: { handle: async (_request: unknown) => ++asked } },
    });
    let asked = 0;
    const work = async () => {
      await client.config.requestHandler.handle({});
      later(600);
      await assert.rejects(client.config.requestHandler.handle({}), { name: "AbortError" });
      return "by what was so before";
    };
    await assert.rejects(within(12, work), (thrown) => asRefusal(thrown).code === "broker_unavailable");
    assert.equal(asked, 1);
  });
});
