import { createHash, createPublicKey } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Checked, checkExport } from "../../lib/core/seal-check.ts";
import { systemClock, toInstant } from "../../lib/core/time.ts";
import { EXIT, print, printJson, Stop } from "../command.ts";

interface VerifyOptions {
  readonly key?: readonly string[];
  readonly anchor?: readonly string[];
  readonly json?: boolean;
}

/** Findings printed; whoever wants all of them asks for JSON. */
const MOST = 50;

/** Checks an export offline and says exactly what is wrong and where. */
export async function verifyExport(file: string, options: VerifyOptions): Promise<void> {
  if (!existsSync(file)) throw new Stop(EXIT.usage, `There is no file ${file}.`);
  const keys = (options.key ?? []).map(readKey);
  const lines = () => createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  const checked = await checkExport(lines, { keys, anchors: options.anchor ?? [] }, systemClock.now());
  if (options.json) printJson({ ...checked, ok: checked.findings.length === 0 });
  else printChecked(checked, keys.length > 0);
  if (checked.findings.length > 0) process.exitCode = EXIT.refused;
  else if (checked.digests === 0)
    throw new Stop(EXIT.refused, "There is no digest in it, so nothing is proven.");
}

function printChecked(checked: Checked, given: boolean) {
  const { findings, digests, events, expired, unproven, from, to, key, last } = checked;
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
  if (key !== undefined && !given)
    print(
      `The key is the export's own word (SHA-256 ${fingerprintOf(key)}). Give --key, from \`aws kms get-public-key\`, to prove it.`,
    );
  print(
    findings.length === 0
      ? "Nothing was altered since it was sealed."
      : `NOT WHOLE: ${findings.length} findings.`,
  );
}

const fingerprintOf = (key: string): string =>
  createHash("sha256").update(Buffer.from(key, "base64")).digest("hex");

/** A public key from a PEM file, or from the base 64 that KMS answers with; as base 64 of its DER. */
function readKey(given: string): string {
  const text = existsSync(given) ? readFileSync(given, "utf8").trim() : given;
  try {
    const der = { key: Buffer.from(text, "base64"), format: "der", type: "spki" } as const;
    const key = createPublicKey(text.includes("BEGIN") ? text : der);
    return key.export({ format: "der", type: "spki" }).toString("base64");
  } catch {
    throw new Stop(EXIT.usage, `${given} is no public key: PEM, or the base 64 of its DER.`);
  }
}
