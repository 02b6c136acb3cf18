import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { SIGNING, signDigest } from "../../infra/local/aws/kms-signatures.ts";
import type { KmsKey } from "../../infra/local/aws/state.ts";
import type { AuditEvent, AuditKind } from "../../lib/core/audit.ts";
import { type Checked, checkExport } from "../../lib/core/seal-check.ts";
import type { Trust } from "../../lib/core/seal-check-digests.ts";
import type { ExportLine } from "../../lib/core/seal-lines.ts";
import { newReference } from "../../lib/core/secret.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import type { Sealer } from "../../lib/core/signer.ts";
import type { Epoch } from "../../lib/core/time.ts";
import { beginExport, continueExport, type ExportPage } from "../../lib/flows/export-audit.ts";
import type { Sealing } from "../../lib/flows/seal-audit.ts";
import { type Bounds, PAGE } from "../../lib/flows/told-slice.ts";
import { record } from "../../lib/store/audit.ts";
import { EMPTY_WORLD } from "../../lib/store/snapshot.ts";
import type { Table } from "../../lib/store/table.ts";
import { startDynamo } from "../support/dynamodb.ts";

/** Noon of a day, on the grid of slices. */
export const NOON = Date.parse("2026-11-22T12:00:00Z") / 1000;

/** A sealer as KMS is one: it is given a digest, and signs that. */
export function newSealer(): Sealer {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key: KmsKey = {
    arn: "arn:aws:kms:us-east-1:999999999999:key/audit",
    id: "audit",
    accountId: "999999999999",
    region: "us-east-1",
    spec: "ECC_NIST_P256",
    usage: "SIGN_VERIFY",
    description: "",
    privateKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    policy: "",
    enabled: true,
    createdAt: 0,
  };
  const algorithm = SIGNING.ECDSA_SHA_256 ?? assert.fail();
  return {
    publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    sign: async (digest) => signDigest(key, algorithm, Buffer.from(digest)),
  };
}

export interface Surroundings {
  readonly table: Table;
  readonly broker: Sealing;
  at(now: Epoch): void;
  stop(): Promise<void>;
}

/** An empty table, a clock that is set by hand, and a sealer. @param settings Other than the usual. */
export async function openAudit(
  sealer: Sealer,
  settings: Partial<typeof DEFAULT_SETTINGS> = {},
): Promise<Surroundings> {
  const { table, stop } = await startDynamo();
  let now = NOON;
  const world = async () => ({ ...EMPTY_WORLD, settings: { ...DEFAULT_SETTINGS, ...settings } });
  const unused = async () => assert.fail("sealing reads no rules");
  return {
    table,
    broker: {
      table,
      clock: { now: () => now },
      rules: { world, head: unused, rules: unused },
      sealer: async () => sealer,
    },
    at: (instant) => {
      now = instant;
    },
    stop,
  };
}

const PEOPLE = ["0000000000000000000000000A", "0000000000000000000000000B", "0000000000000000000000000C"];

/** An event of a request that began at an instant; which of a few people, places and kinds is told by `seed`. */
export function eventAt(at: Epoch, seed: number, kind?: AuditKind): AuditEvent {
  const kinds = ["signin.finished", "credentials.issued", "credentials.refused", "console.opened"] as const;
  return {
    schema: 1,
    id: newReference(at),
    at: Math.floor(at),
    kind: kind ?? kinds[seed % kinds.length] ?? "signin.finished",
    actor: "person",
    personId: PEOPLE[seed % PEOPLE.length] ?? "",
    connection: seed % 2 === 0 ? "okta" : "entra",
    sourceIp: `192.0.2.${seed % 5}`,
    accountId: `${111111111111 * ((seed % 3) + 1)}`,
    role: seed % 2 === 0 ? "Admin" : "ReadOnly",
    rules: [`rule-${seed % 4}`],
    accessKeyId: `ASIA${seed}`,
    detail: { é: 1, a: "関所" },
  };
}

export async function write(table: Table, events: readonly AuditEvent[]): Promise<void> {
  for (const event of events) await record(table, event, 400);
}

/** Everything that is sealed, as an export tells it. */
export async function exported(table: Table, span = { since: 0, until: NOON * 2 }): Promise<ExportLine[]> {
  return (await exportedPages(table, PAGE, span)).flat();
}

/** The same, page by page. */
export async function exportedPages(
  table: Table,
  bounds: Bounds,
  span = { since: 0, until: NOON * 2 },
): Promise<(readonly ExportLine[])[]> {
  const pages: (readonly ExportLine[])[] = [];
  let page: ExportPage = await beginExport(table, span);
  for (;;) {
    pages.push(page.lines);
    if (page.next === undefined) return pages;
    assert.ok(pages.length < 5000, "the export has no end");
    page = await continueExport(table, page.next, bounds);
  }
}

export const checked = (lines: readonly ExportLine[], trust: Partial<Trust> = {}): Promise<Checked> =>
  checkExport(() => lines.map((line) => JSON.stringify(line)), { keys: [], anchors: [], ...trust }, NOON);

export const codesOf = ({ findings }: Checked): readonly string[] =>
  [...new Set(findings.map(({ code }) => code))].sort();

/** A table whose n-th write fails, before or after it is done. A batch is as many writes as it has items, and may be torn. */
export function failing(table: Table, nth: number, when: "before" | "after"): Table {
  let writes = 0;
  const send = async (command: object): Promise<unknown> => {
    const batch =
      command instanceof BatchWriteItemCommand ? (command.input.RequestItems?.[table.name] ?? []) : [];
    for (const one of batch.slice(0, -1))
      await writeOne(new BatchWriteItemCommand({ RequestItems: { [table.name]: [one] } }));
    const last = batch.slice(-1);
    return writeOne(
      last.length === 0 ? command : new BatchWriteItemCommand({ RequestItems: { [table.name]: last } }),
    );
  };
  const writeOne = async (command: object) => {
    const counts = /^(?:PutItem|BatchWriteItem)Command$/.test(command.constructor.name);
    const fails = counts && ++writes >= nth;
    if (fails && when === "before") throw new Error("killed");
    const answer = await table.client.send(command as never);
    if (fails) throw new Error("killed");
    return answer;
  };
  const client = { send } as unknown as Table["client"];
  return { name: table.name, client };
}
