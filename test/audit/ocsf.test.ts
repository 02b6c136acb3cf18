import assert from "node:assert/strict";
import test from "node:test";
import { AUDIT_KINDS, type AuditKind } from "../../lib/core/audit.ts";
import { toOcsf } from "../../lib/core/ocsf.ts";
import { eventAt, NOON } from "./surroundings.ts";

/** What each class demands (OCSF 1.5.0). */
const REQUIRED: Readonly<Record<number, readonly string[]>> = {
  3002: [
    "activity_id",
    "category_uid",
    "class_uid",
    "metadata",
    "severity_id",
    "time",
    "type_uid",
    "user",
    "service",
  ],
  3003: ["activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid", "user"],
};
const ALL = Object.keys(AUDIT_KINDS) as AuditKind[];
const mapped = ALL.flatMap((kind) => {
  const event = toOcsf({ ...eventAt(NOON, 1, kind) });
  return event === undefined ? [] : [[kind, event] as const];
});

test("sign-ins are Authentication, issues are Authorize Session, and nothing else is either", () => {
  assert.deepEqual(
    mapped.map(([kind, { class_uid, activity_id }]) => [kind, class_uid, activity_id]),
    [
      ["signin.finished", 3002, 1],
      ["signin.refused", 3002, 1],
      ["signout", 3002, 2],
      ["credentials.issued", 3003, 3],
      ["credentials.refused", 3003, 3],
      ["console.opened", 3003, 3],
      ["console.refused", 3003, 3],
    ],
  );
});

for (const [kind, event] of mapped)
  test(`${kind} has every field that its class demands`, () => {
    for (const field of REQUIRED[Number(event.class_uid)] ?? assert.fail())
      assert.ok(event[field] !== undefined, field);
    assert.equal(event.category_uid, 3);
    assert.equal(event.type_uid, Number(event.class_uid) * 100 + Number(event.activity_id));
    assert.equal(event.time, NOON * 1000);
    assert.equal(event.status_id, /refused/.test(kind) ? 2 : 1);
    const { version, product } = event.metadata as { version: string; product: { name: string } };
    assert.match(version, /^1\.\d+\.\d+$/);
    assert.equal(product.name, "Sekisho");
  });

test("a person is an opaque id, and named only with a name that is given", () => {
  const event = { ...eventAt(NOON, 0, "signin.finished") };
  assert.deepEqual(toOcsf(event)?.user, { uid: event.personId, type_id: 1 });
  const names = { [event.personId ?? ""]: "Alice" };
  assert.deepEqual(toOcsf(event, names)?.user, {
    uid: event.personId,
    type_id: 1,
    name: "Alice",
  });
});

test("whoever was refused unknown is nobody, and why is told", () => {
  const { personId: _, ...event } = { ...eventAt(NOON, 0, "signin.refused"), code: "signin_expired" };
  const told = toOcsf(event);
  assert.deepEqual(told?.user, { uid: "unknown", type_id: 0 });
  assert.equal(told?.status_detail, "signin_expired");
});

test("an issue carries what joins it to CloudTrail", () => {
  const told = toOcsf({ ...eventAt(NOON, 7, "credentials.issued"), assertionId: "_a" });
  const unmapped = told?.unmapped as Record<string, unknown>;
  assert.deepEqual([unmapped.accessKeyId, unmapped.assertionId], ["ASIA7", "_a"]);
});

test("a second factor is told where it is known", () => {
  const told = (mfa: string) => toOcsf({ ...eventAt(NOON, 0, "signin.finished"), detail: { mfa } })?.is_mfa;
  assert.deepEqual([told("yes"), told("no"), told("unknown")], [true, false, undefined]);
});
