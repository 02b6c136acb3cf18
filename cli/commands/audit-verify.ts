import { createPublicKey } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Checked, checkExport } from "../../lib/core/seal-check.ts";
import { fingerprintOf, type Trust } from "../../lib/core/seal-check-digests.ts";
import { systemClock, toInstant } from "../../lib/core/time.ts";
import { EXIT, print, printJson, Stop } from "../command.ts";
import { openFolder } from "./audit-folder.ts";

interface VerifyOptions {
  readonly key?: readonly string[];
  readonly anchor?: readonly string[];
  readonly json?: boolean;
}

/** Findings printed; whoever wants all of them asks for JSON. */
const MOST = 50;

/** Checks an export, or a folder of slices, offline and says exactly what is wrong and where. */
export async function verifyExport(path: string, options: VerifyOptions): Promise<void> {
  if (!existsSync(path)) throw new Stop(EXIT.usage, `There is no file or folder ${path}.`);
  const keys = (options.key ?? []).map(readKey);
  const checked = await check(path, { keys, anchors: options.anchor ?? [] });
  const told = checked.keys.map(({ key, ...use }) => ({ sha256: fingerprintOf(key), ...use }));
  if (options.json) printJson({ ...checked, keys: told, ok: checked.findings.length === 0 });
  else printChecked(checked, keys.length > 0);
  if (checked.findings.length > 0) process.exitCode = EXIT.refused;
  else if (checked.digests === 0)
    throw new Stop(EXIT.refused, "There is no digest in it, so nothing is proven.");
}

async function check(path: string, trust: Trust): Promise<Checked> {
  const now = systemClock.now();
  if (!statSync(path).isDirectory()) {
    const lines = () =>
      createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
    return checkExport(lines, trust, now);
  }
  const folder = openFolder(path);
  const checked = await checkExport(folder.lines, trust, now, "folder");
  return { ...checked, findings: [...folder.findings(), ...checked.findings] };
}

function printChecked(checked: Checked, given: boolean) {
  const { findings, digests, events, expired, unproven, from, to, keys, last } = checked;
  for (const { code, where, says } of findings.slice(0, MOST)) print(`${code}  ${where}: ${says}`);
  if (findings.length > MOST) print(`... and ${findings.length - MOST} more: --json tells all.`);
  const span = from === undefined || to === undefined ? "" : `, from ${toInstant(from)} to ${toInstant(to)}`;
  print(`${digests} digests and ${events} events were looked at${span}.`);
  if (expired > 0)
    print(`${expired} slices are past their time: their events may be gone, their digests were checked.`);
  if (unproven > 0)
    print(
      `Nothing here proves ${unproven} of these events: they came late and are sealed after the end of this export, or their time is over.`,
    );
  if (last !== undefined) print(`The last digest is ${last}.`);
  for (const { key, first, last: end } of keys)
    print(`Digests ${first} to ${end} are signed with the key of SHA-256 ${fingerprintOf(key)}.`);
  if (keys.length > 0 && !given)
    print("That is its own word. Give --key, from `aws kms get-public-key`, once for each key, to prove it.");
  print(
    findings.length === 0
      ? "Nothing was altered since it was sealed."
      : `NOT WHOLE: ${findings.length} findings.`,
  );
}

/** A public key from a PEM file, or from the base 64 that KMS answers with, as base 64 of its DER; or its SHA-256. */
function readKey(given: string): string {
  if (/^[0-9a-f]{64}$/i.test(given)) return given.toLowerCase();
  const text = existsSync(given) ? readFileSync(given, "utf8").trim() : given;
  try {
    const der = { key: Buffer.from(text, "base64"), format: "der", type: "spki" } as const;
    const key = createPublicKey(text.includes("BEGIN") ? text : der);
    return key.export({ format: "der", type: "spki" }).toString("base64");
  } catch {
    throw new Stop(
      EXIT.usage,
      `${given} is no public key: PEM, the base 64 of its DER, or the SHA-256 of that in hex.`,
    );
  }
}
