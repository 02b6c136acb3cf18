import { readFileSync } from "node:fs";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

export type Item = Readonly<Record<string, AttributeValue>>;

/** What everybody is driven with. */
export interface Traffic {
  /** The broker's own address, in every answer; it may be served elsewhere. */
  readonly url: string;
  readonly acs: string;
  readonly entityId: string;
  readonly idp: { readonly entityId: string; readonly certificate: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly items: readonly Item[];
  readonly answers: readonly {
    readonly response: string;
    readonly relayState: string;
    readonly cookie: string;
  }[];
}

/** How long every store takes to answer, in milliseconds, ours and those of the peers. */
export const STORE_MILLISECONDS = 1;

export const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, STORE_MILLISECONDS));

/** Bytes as DynamoDB's JSON has them, both ways. A Buffer would turn itself into something else before it is asked. */
export const toText = (value: unknown): string =>
  JSON.stringify(value, (_, one) => (one instanceof Uint8Array ? Buffer.from(one).toString("base64") : one));

export const fromText = <T>(text: string): T =>
  JSON.parse(text, (key, one) =>
    key === "B" && typeof one === "string" ? new Uint8Array(Buffer.from(one, "base64")) : one,
  );

export const readTraffic = (path: string): Traffic => fromText(readFileSync(path, "utf8"));
