import { outcomeOf } from "./audit.ts";
import type { StoredEvent } from "./seal.ts";

/** What people are called, by their opaque ids; whoever was erased is not among them. */
export type OcsfNames = Readonly<Record<string, string>>;

/** The schema's version that the mapping follows. */
export const OCSF_VERSION = "1.5.0";

/** Which class and activity an event is, by kind; what is not here has no class of its own and is left out. */
const CLASSES: Readonly<
  Record<string, readonly [classUid: 3002 | 3003, activityId: number, activity: string]>
> = {
  "signin.finished": [3002, 1, "Logon"],
  "signin.refused": [3002, 1, "Logon"],
  signout: [3002, 2, "Logoff"],
  "credentials.issued": [3003, 3, "Assign Roles"],
  "credentials.refused": [3003, 3, "Assign Roles"],
  "console.opened": [3003, 3, "Assign Roles"],
  "console.refused": [3003, 3, "Assign Roles"],
};

/**
 * An event as OCSF has it: Authentication (3002) of a sign-in, Authorize Session (3003) of what was issued.
 *
 * @param names Added where they are given: without them a person is an opaque id.
 * @returns undefined for a kind that neither class is for.
 * @see https://schema.ocsf.io/1.5.0/classes/authentication
 * @see https://schema.ocsf.io/1.5.0/classes/authorize_session
 */
export function toOcsf(
  event: StoredEvent,
  names: OcsfNames = {},
): Readonly<Record<string, unknown>> | undefined {
  const mapped = Object.hasOwn(CLASSES, event.kind) ? CLASSES[event.kind] : undefined;
  if (mapped === undefined) return undefined;
  const [classUid, activityId, activity] = mapped;
  const isRefused = outcomeOf(event.kind) === "refused";
  return {
    activity_id: activityId,
    activity_name: activity,
    category_uid: 3,
    category_name: "Identity & Access Management",
    class_uid: classUid,
    class_name: classUid === 3002 ? "Authentication" : "Authorize Session",
    type_uid: classUid * 100 + activityId,
    time: event.at * 1000,
    severity_id: isRefused ? 2 : 1,
    status_id: isRefused ? 2 : 1,
    status: isRefused ? "Failure" : "Success",
    ...given("status_detail", event.code),
    metadata: {
      version: OCSF_VERSION,
      uid: event.id,
      product: { name: "Sekisho", vendor_name: "Sekisho" },
      ...(classUid === 3003 ? { profiles: ["cloud"] } : {}),
    },
    user: userOf(event, names),
    ...given("src_endpoint", event.sourceIp, (ip) => ({ ip })),
    ...(classUid === 3002 ? authentication(event) : authorization(event)),
    unmapped: unmapped(event),
  };
}

function given<T>(name: string, value: unknown, as: (value: string) => T | string = (text) => text) {
  return typeof value === "string" ? { [name]: as(value) } : {};
}

/** Whoever was not known when they were refused is nobody: the class demands a user. */
function userOf({ personId, actor }: StoredEvent, names: OcsfNames): object {
  if (typeof personId !== "string") return { uid: "unknown", type_id: 0 };
  const known = names[personId];
  return {
    uid: personId,
    // 1 is a person, 3 a system.
    type_id: actor === "workload" ? 3 : 1,
    ...given("name", known),
  };
}

function authentication({ detail, connection }: StoredEvent): object {
  const { mfa } =
    typeof detail === "object" && detail !== null && "mfa" in detail ? detail : { mfa: undefined };
  return {
    service: { name: "Sekisho" },
    is_remote: true,
    logon_type_id: 3,
    ...(mfa === "yes" || mfa === "no" ? { is_mfa: mfa === "yes" } : {}),
    ...given("session", connection, (issuer) => ({ issuer })),
  };
}

function authorization({ accountId, role, expiresAt, accessKeyId }: StoredEvent): object {
  return {
    cloud: { provider: "AWS", ...given("account", accountId, (uid) => ({ uid })) },
    ...given("privileges", role, (name) => [name]),
    ...given("session", accessKeyId, (uid) => ({
      uid,
      ...(typeof expiresAt === "number" ? { expiration_time: expiresAt * 1000 } : {}),
    })),
  };
}

/** What the classes have no place for, among it what joins to CloudTrail. */
function unmapped(event: StoredEvent): object {
  const { kind, actor, connection, role, scope, rules, version, assertionId, accessKeyId } = event;
  const held = { kind, actor, connection, role, scope, rules, version, assertionId, accessKeyId };
  return Object.fromEntries(Object.entries(held).filter(([, value]) => value !== undefined));
}
