import type { SignedDigest } from "../core/seal.ts";
import type { ExportLine } from "../core/seal-lines.ts";

/** One slice, or a part of one that is too large. */
export interface Parcel {
  readonly signed: SignedDigest;
  /** The digest before it, where there is one. */
  readonly before: SignedDigest | undefined;
  /** From 0. */
  readonly part: number;
  readonly lines: readonly ExportLine[];
  readonly isLast: boolean;
}

/** A place outside that whole events go to. What is put there twice must be as good as once. */
export interface Sink {
  readonly kind: "bus" | "bucket";
  /** Its place in the table: another target is another sink. */
  readonly id: string;
  readonly begins: "with the first slice" | "with the last slice";
  put(parcel: Parcel): Promise<unknown>;
}
