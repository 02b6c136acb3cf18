import type { Parameters } from "./query.ts";
import type { World } from "./wire.ts";
import type { XmlFields } from "./xml.ts";

/** One account's IAM in one partition, for the length of a call. */
export interface IamCall {
  readonly world: World;
  readonly accountId: string;
  /** Of the region the request was signed for: `us-gov-west-1` means aws-us-gov. */
  readonly partition: string;
  readonly parameters: Parameters;
}

export type IamAction = (call: IamCall) => XmlFields;
