import type { RefusalCode } from "../../../lib/core/errors.ts";
import { CONDUCTS, type Conduct, type ConductName } from "../../support/faulty-provider.ts";

/** What fails at a provider: the address, and which of the requests there, counted from 1. */
export interface Place {
  readonly what: string;
  /** `host:port`; the provider's own, where absent. */
  readonly host?: string;
  readonly where: RegExp;
  readonly which?: number;
}

/** One way in which one place of one sign-in fails. */
export interface Row {
  readonly provider: "entra" | "google";
  /** Where the person is by then: about to leave, or back with an answer. */
  readonly step: "start" | "callback";
  readonly breaks: readonly (Place & { readonly conduct: Conduct })[];
  readonly name: string;
  readonly end: "done" | RefusalCode;
  /** Whether the provider said something that a container believes for a while. */
  readonly lingers?: boolean;
}

export type Ends = Partial<Record<ConductName, Row["end"]>> & { readonly other: RefusalCode };

const names = Object.keys(CONDUCTS) as ConductName[];

/** An answer that comes late, or under the wrong type, is an answer. */
const ALSO_FINE: Partial<Record<ConductName, "done">> = {
  "answers late, and in time": "done",
  "answers the wrong type": "done",
};

/** A row for each conduct at one place. */
export const everyConduct = (
  where: Pick<Row, "provider" | "step"> & { readonly place: Place },
  ends: Ends,
  only: readonly ConductName[] = names,
): Row[] =>
  only.map((conduct) => ({
    provider: where.provider,
    step: where.step,
    breaks: [{ ...where.place, conduct: CONDUCTS[conduct] }],
    name: `${where.provider}, ${where.step}: ${where.place.what} ${conduct}`,
    end: ends[conduct] ?? ALSO_FINE[conduct] ?? ends.other,
  }));

/** Where each part of a demo provider answers. */
export const PLACES = {
  entra: {
    configuration: { what: "its configuration", where: /\/\.well-known\/openid-configuration$/ },
    token: { what: "the token endpoint", where: /\/oauth2\/v2\.0\/token$/ },
    keys: { what: "its keys", where: /\/discovery\/v2\.0\/keys$/ },
    groupsToken: { what: "the token for Graph", where: /\/oauth2\/v2\.0\/token$/, which: 2 },
    groups: { what: "Graph", where: /\/v1\.0\/users\// },
  },
  google: {
    configuration: { what: "its configuration", where: /\/\.well-known\/openid-configuration$/ },
    token: { what: "the token endpoint", where: /\/token$/ },
    keys: { what: "its keys", where: /\/oauth2\/v3\/certs$/ },
    groupsToken: { what: "the token for the Directory", where: /\/token$/, which: 2 },
    groups: { what: "the Directory", where: /\/admin\/directory\/v1\/groups\?/ },
  },
} as const satisfies Record<string, Record<string, Place>>;
