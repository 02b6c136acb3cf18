import type { RefusalCode } from "../../../lib/core/errors.ts";
import type { Fault } from "../../support/faulty-wire.ts";

/** What people and programs do while something is broken. */
export type Path =
  | "sign-in start"
  | "ACS"
  | "register"
  | "console"
  | "credentials page"
  | "program credentials"
  | "CLI approval"
  | "CLI token"
  | "sign-out"
  | "admin apply"
  | "worker";

/** One fault at one place of one path. */
export interface Row {
  readonly service: "DynamoDB" | "KMS" | "STS" | "sign-in federation";
  /** What goes wrong, as a reader would say it. */
  readonly where: string;
  readonly fits: RegExp;
  readonly path: Path;
  readonly fault: Fault;
  /** Once: the next try is answered. Always: until it is mended. */
  readonly lasts: "once" | "always";
  /** How it ends: done, or a refusal. */
  readonly end: "done" | RefusalCode;
  /** How it ends where nothing could be tried again. */
  readonly otherwise: RefusalCode;
}

const ALL: readonly Fault[] = [
  "cut",
  "lost",
  "failing",
  "throttled",
  "garbage",
  "empty",
  "truncated",
  "denied",
];
const WRITES: readonly Fault[] = ["cut", "lost", "throttled", "empty"];

type Place = readonly [where: string, fits: RegExp, path: Path];
type Ends = Partial<Record<Fault, RefusalCode>> & { readonly other: RefusalCode };

const rows = (
  service: Row["service"],
  places: readonly Place[],
  faults: readonly Fault[],
  ends: Ends,
): Row[] =>
  places.flatMap(([where, fits, path]) =>
    faults.flatMap((fault): Row[] => {
      const row = { service, where, fits, path, fault };
      const refused = ends[fault] ?? ends.other;
      const once = fault === "denied" ? refused : "done";
      return [
        { ...row, lasts: "once", end: once, otherwise: refused },
        { ...row, lasts: "always", end: refused, otherwise: refused },
      ];
    }),
  );

const DOWN = /./;
const AWAY: Ends = { other: "broker_unavailable" };
const NO_RULES: Ends = { other: "rules_unavailable" };

/** DynamoDB. HEAD is what nearly every path reads first. */
export const TABLE_ROWS: readonly Row[] = [
  ...rows("DynamoDB", [["the session is read", /GetItem .*"SESSION#/, "register"]], ALL, {
    ...AWAY,
    cut: "broker_unavailable",
  }),
  ...rows(
    "DynamoDB",
    [["HEAD is read", /GetItem .*"HEAD"/, "sign-in start"]],
    ["cut", "empty", "garbage"],
    NO_RULES,
  ),
  ...rows(
    "DynamoDB",
    [
      ["the sign-in is remembered", /PutItem .*"SIGNIN#/, "sign-in start"],
      ["the sign-in is spent", /UpdateItem .*"SIGNIN#/, "ACS"],
      ["the answer is claimed", /PutItem .*"REPLAY#/, "ACS"],
      ["the session is opened", /PutItem .*"SESSION#/, "ACS"],
      ["the event is written", /PutItem .*"AUDIT#/, "ACS"],
      ["the event is written", /PutItem .*"AUDIT#/, "program credentials"],
      ["the event is written", /PutItem .*"AUDIT#/, "console"],
      ["the code is spent", /UpdateItem .*"GRANT#/, "CLI token"],
      ["the token is written", /PutItem .*"GRANT#/, "CLI token"],
      ["the ticket is spent", /UpdateItem .*"GRANT#/, "CLI approval"],
      ["the code is written", /PutItem .*"GRANT#/, "CLI approval"],
      ["the session is ended", /DeleteItem .*"SESSION#/, "sign-out"],
      ["the event is written", /PutItem .*"AUDIT#/, "sign-out"],
      ["the event is written", /PutItem .*"AUDIT#/, "admin apply"],
      ["the version is claimed", /UpdateItem .*latest = :before/, "admin apply"],
    ],
    WRITES,
    AWAY,
  ),
  ...rows(
    "DynamoDB",
    [["rules are read", /BatchGetItem .*"BUCKET#/, "program credentials"]],
    ["unprocessed"],
    NO_RULES,
  ),
  ...rows(
    "DynamoDB",
    [["rules are read", /BatchGetItem .*"BUCKET#/, "ACS"]],
    ["unprocessed", "empty"],
    NO_RULES,
  ),
  ...rows(
    "DynamoDB",
    [["HEAD turns", /UpdateItem .*publishedAt = :at/, "admin apply"]],
    ["cut", "lost", "throttled"],
    {
      ...AWAY,
    },
  ).map((row) => (row.fault === "lost" ? { ...row, end: "done" as const } : row)),
  ...rows("DynamoDB", [["everything", DOWN, "worker"]], ["cut", "throttled"], NO_RULES),
];

const AWS_AWAY: Ends = { other: "aws_unreachable", throttled: "aws_throttled", denied: "aws_trust_refused" };

/** KMS, STS and the federation endpoint. */
export const AWS_ROWS: readonly Row[] = [
  // KMS answering nothing is not asked again: that is no answer to a busy moment.
  ...rows("KMS", [["the assertion is signed", /^Sign /, "program credentials"]], ALL, AWAY).map((row) =>
    row.fault === "empty" ? { ...row, end: "broker_unavailable" as const } : row,
  ),
  ...rows("KMS", [["the assertion is signed", /^Sign /, "console"]], ["throttled"], AWAY),
  ...rows(
    "STS",
    [["the assertion is redeemed", /^AssumeRoleWithSAML /, "program credentials"]],
    ALL,
    AWS_AWAY,
  ),
  ...rows(
    "STS",
    [["the assertion is redeemed", /^AssumeRoleWithSAML /, "console"]],
    ["lost", "throttled"],
    AWS_AWAY,
  ),
  ...rows(
    "STS",
    [["the assertion is redeemed", /^AssumeRoleWithSAML /, "credentials page"]],
    ["lost", "throttled"],
    AWS_AWAY,
  ),
  ...rows(
    "sign-in federation",
    [["a sign-in token is made", /^getSigninToken /, "console"]],
    ["cut", "lost", "failing", "throttled", "truncated"],
    AWS_AWAY,
  ),
];
