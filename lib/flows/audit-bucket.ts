import { gzipSync } from "node:zlib";
import type { Caller as AwsCaller } from "../aws/call.ts";
import { putOnce } from "../aws/s3.ts";
import type { AuditBucket } from "../core/audit-places.ts";
import { digestFileOf, partFileOf } from "../core/seal-files.ts";
import type { ExportLine } from "../core/seal-lines.ts";
import type { Sink } from "./sink.ts";

/**
 * A bucket: the lines of a slice in one object, or in parts where it is large, and its digest in another beside them,
 * last. The same slice makes the same objects, and one that is there is left as it is.
 */
export function openBucket(caller: AwsCaller, { name: bucket, prefix, ...where }: AuditBucket): Sink {
  const put = (
    file: string,
    lines: readonly ExportLine[],
    type: "application/gzip" | "application/x-ndjson",
  ) => {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const body = type === "application/gzip" ? gzipSync(text) : Buffer.from(text);
    return putOnce(caller, { bucket, name: `${prefix}/${file}`, body, type, ...where });
  };
  return {
    kind: "bucket",
    id: `bucket#${bucket}/${prefix}`,
    begins: "with the first slice",
    put: async ({ signed, before, part, lines, isLast }) => {
      if (lines.length > 0) await put(partFileOf(signed.digest, part), lines, "application/gzip");
      if (!isLast) return;
      const head: ExportLine = { type: "audit", schema: 1, ...(before === undefined ? {} : { before }) };
      await put(digestFileOf(signed.digest), [head, { type: "digest", ...signed }], "application/x-ndjson");
    },
  };
}
