import { ScanCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { RefusalCode } from "../../../lib/core/errors.ts";
import { EMPTY_HEAD } from "../../../lib/core/rule-set.ts";
import { fixedClock } from "../../../lib/core/time.ts";
import { forgetApplied, markApplied, readApplied } from "../../../lib/store/applied.ts";
import { putChunks, retireChunks } from "../../../lib/store/chunks.ts";
import { readConnectionState, writeConnectionState } from "../../../lib/store/connections.ts";
import { putPart, readPartBytes, readParts } from "../../../lib/store/drafts.ts";
import { putGrant, readGrant, spendGrant } from "../../../lib/store/grants.ts";
import { dropKey, putKey, readKeys } from "../../../lib/store/keys.ts";
import { putPersonName, readPepper, readPersonNames } from "../../../lib/store/people.ts";
import { decideProposal, listProposals, putProposal, readProposal } from "../../../lib/store/proposals.ts";
import { publishEdition } from "../../../lib/store/publish.ts";
import { claimOnce } from "../../../lib/store/replays.ts";
import { openRules, readHead } from "../../../lib/store/rules.ts";
import {
  changeScheduled,
  countScheduled,
  dueScheduled,
  pageOfScheduled,
  putScheduled,
  readScheduled,
} from "../../../lib/store/scheduled.ts";
import { findSeen, listSeen, putSeen, SEEN_SHARDS } from "../../../lib/store/seen.ts";
import { openSession, readSession } from "../../../lib/store/sessions.ts";
import { consumeSignIn, putSignIn } from "../../../lib/store/sign-ins.ts";
import { readSource } from "../../../lib/store/source.ts";
import type { Table } from "../../../lib/store/table.ts";
import { listVersions, readVersion, writeVersion } from "../../../lib/store/version-records.ts";
import { type Claim, claimVersion, flipHead, releaseClaim, renewClaim } from "../../../lib/store/versions.ts";
import { clockAt, edition, publish } from "../../store/published.ts";
import { AUDIT_CLASSES } from "./newer-audit.ts";
import {
  chunks,
  grant,
  key,
  LATER,
  NOW,
  name,
  part,
  proposal,
  scheduled,
  seen,
  session,
  signIn,
  state,
} from "./newer-items.ts";

/** How a verb ends that meets an item of newer code. `held`: it ends well, having left the item alone. */
type End = RefusalCode | "held" | "ConditionalCheckFailedException";

type Verb = readonly [name: string, how: (table: Table) => Promise<unknown>, end: End];

/** One class of items: how one comes to be, and every verb that meets it. */
export interface Met {
  readonly make: (table: Table) => Promise<unknown>;
  readonly verbs: readonly Verb[];
}

const UPDATING = "broker_updating";

const published = (table: Table) => publish(table, NOW, "a1");
const publishAgain = async (table: Table) =>
  publishEdition(table, await readHead(table), edition("a1", "a2"), LATER);
/** The claim of somebody who was at it when HEAD became newer code's. */
async function underWay(table: Table): Promise<Claim> {
  const [head] = await stored(table, "HEAD");
  const { token = "" } = (head?.claim ?? {}) as { readonly token?: string };
  return { version: 2, token, base: { ...EMPTY_HEAD, version: 1 }, aborted: [], filters: [] };
}
const partsOf = async (table: Table) => {
  for await (const _ of readPartBytes(table, "o", [part.hash], NOW)) void _;
};
const reading = async (table: Table, what: "world" | "rules") => {
  const reader = openRules(table, clockAt(NOW));
  return what === "world" ? reader.world() : reader.rules(["a"], await reader.head());
};

/** Every class of docs/storage.md, by the beginning of its key. */
export const CLASSES: Readonly<Record<string, Met>> = {
  HEAD: {
    make: async (table) => {
      await published(table);
      await markApplied(table, "others", 1);
      await claimVersion(table, await readHead(table), NOW);
    },
    verbs: [
      ["reading HEAD", readHead, UPDATING],
      ["reading the configuration", (table) => reading(table, "world"), UPDATING],
      ["claiming a version", (table) => claimVersion(table, { ...EMPTY_HEAD, version: 1 }, LATER), UPDATING],
      [
        "keeping a claim",
        async (table) => renewClaim(table, await underWay(table), LATER),
        "configuration_moved",
      ],
      ["giving a version up", async (table) => releaseClaim(table, await underWay(table)), "held"],
      ["turning HEAD", async (table) => flipHead(table, await underWay(table), EMPTY_HEAD), UPDATING],
      ["reading what was applied", readApplied, UPDATING],
      ["remembering what was applied", (table) => markApplied(table, "files", 1), "held"],
      ["forgetting what was applied", (table) => forgetApplied(table, "others", 1), UPDATING],
      ["listing versions", (table) => listVersions(table, { most: 5 }), UPDATING],
    ],
  },
  VERSION: {
    make: published,
    verbs: [
      ["publishing on it", publishAgain, UPDATING],
      ["reading it", (table) => readVersion(table, 1), UPDATING],
      ["listing it", (table) => listVersions(table, { most: 5 }), UPDATING],
      [
        "writing it down again",
        (table) =>
          writeVersion(table, {
            ...edition("a1").facts,
            version: 1,
            base: 0,
            at: 1,
            hash: "",
            source: [],
            manifest: [],
          }),
        "ConditionalCheckFailedException",
      ],
    ],
  },
  BUCKET: {
    make: published,
    verbs: [
      ["reading rules", (table) => reading(table, "rules"), UPDATING],
      ["publishing over it", publishAgain, UPDATING],
    ],
  },
  SNAPSHOT: {
    make: async (table) => {
      await published(table);
      await putChunks(table, "SNAPSHOT", chunks, 1);
    },
    verbs: [
      ["reading the configuration", (table) => reading(table, "world"), UPDATING],
      ["writing it again", (table) => putChunks(table, "SNAPSHOT", chunks, 2), UPDATING],
      [
        "letting it expire",
        (table) =>
          retireChunks(
            table,
            "SNAPSHOT",
            chunks.map(({ hash }) => hash),
            9,
            NOW,
          ),
        "held",
      ],
    ],
  },
  SOURCE: {
    make: published,
    verbs: [
      [
        "reading what was written",
        async (table) => readSource(table, (await readHead(table)).source),
        UPDATING,
      ],
      ["publishing on it", publishAgain, UPDATING],
    ],
  },
  PROPOSAL: {
    make: (table) => putProposal(table, proposal),
    verbs: [
      ["reading it", (table) => readProposal(table, "p"), UPDATING],
      ["listing it", (table) => listProposals(table, 5), UPDATING],
      ["deciding it", (table) => decideProposal(table, proposal, "rejected", NOW), "held"],
      ["writing it again", (table) => putProposal(table, proposal), "ConditionalCheckFailedException"],
    ],
  },
  SCHEDULED: {
    make: (table) => putScheduled(table, scheduled),
    verbs: [
      ["reading it", (table) => readScheduled(table, scheduled.id), UPDATING],
      ["listing it", (table) => pageOfScheduled(table, { most: 5 }), UPDATING],
      ["counting it", (table) => countScheduled(table, NOW), "held"],
      ["looking for what is due", (table) => dueScheduled(table, NOW), "held"],
      ["changing it", (table) => changeScheduled(table, scheduled, { verdict: "cancelled" }), "held"],
      ["writing it again", (table) => putScheduled(table, scheduled), "held"],
    ],
  },
  DRAFT: {
    make: (table) => putPart(table, "o", part, NOW),
    verbs: [
      ["listing parts", (table) => readParts(table, "o", NOW), UPDATING],
      ["sending a part again", (table) => putPart(table, "o", part, NOW), UPDATING],
      ["reading parts", (table) => partsOf(table), UPDATING],
    ],
  },
  CONNECTION: {
    make: (table) => writeConnectionState(table, undefined, state),
    verbs: [
      ["reading it", (table) => readConnectionState(table, "okta"), UPDATING],
      [
        "replacing what was read before",
        (table) => writeConnectionState(table, state, { ...state, refreshedAt: LATER }),
        "held",
      ],
    ],
  },
  KEY: {
    make: (table) => putKey(table, key),
    verbs: [
      ["reading keys", (table) => readKeys(table, "issuer-aws"), UPDATING],
      ["replacing it", (table) => putKey(table, { ...key, state: "active" }), UPDATING],
      ["forgetting it", (table) => dropKey(table, key), UPDATING],
    ],
  },
  PEPPER: { make: readPepper, verbs: [["reading it", readPepper, UPDATING]] },
  SIGNIN: {
    make: (table) => putSignIn(table, signIn),
    verbs: [
      ["spending it", (table) => consumeSignIn(table, "i", "b", NOW), UPDATING],
      ["beginning it again", (table) => putSignIn(table, signIn), "ConditionalCheckFailedException"],
    ],
  },
  REPLAY: {
    make: (table) => claimOnce(table, { key: "r", until: NOW + 60 }, NOW),
    verbs: [
      ["claiming it", (table) => claimOnce(table, { key: "r", until: NOW + 60 }, NOW), "signin_replayed"],
      [
        "claiming it when it is over",
        (table) => claimOnce(table, { key: "r", until: LATER + 60 }, LATER),
        "signin_replayed",
      ],
    ],
  },
  SESSION: {
    make: (table) => openSession(table, session),
    verbs: [
      ["reading it", (table) => readSession(table, "s", fixedClock(NOW)), UPDATING],
      ["opening it again", (table) => openSession(table, session), "ConditionalCheckFailedException"],
    ],
  },
  GRANT: {
    make: (table) => putGrant(table, grant("code")),
    verbs: [
      ["reading it", (table) => readGrant(table, "g", fixedClock(NOW)), UPDATING],
      ["spending it", (table) => spendGrant(table, "g", "code", NOW), UPDATING],
      ["writing it again", (table) => putGrant(table, grant("token")), "ConditionalCheckFailedException"],
    ],
  },
  PERSON: {
    make: (table) => putPersonName(table, name, LATER),
    verbs: [
      ["reading names", (table) => readPersonNames(table, ["P"], NOW), UPDATING],
      ["naming them again", (table) => putPersonName(table, { ...name, name: "Other" }, LATER), "held"],
    ],
  },
  SEEN: {
    make: (table) => putSeen(table, seen),
    verbs: [
      ["finding one", (table) => findSeen(table, "P", NOW), UPDATING],
      [
        "listing them",
        (table) => Promise.all(SEEN_SHARDS.map((shard) => listSeen(table, shard, { now: NOW, most: 9 }))),
        UPDATING,
      ],
      ["seeing them again", (table) => putSeen(table, { ...seen, seenAt: NOW + 1 }), "held"],
    ],
  },
  ...AUDIT_CLASSES,
};

type Stored = Readonly<Record<string, unknown>>;

/** Every item of a class, as the table holds it. */
export async function stored(table: Table, kind: string): Promise<readonly Stored[]> {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
  return Items.map((item) => unmarshall(item)).filter(({ pk }) => String(pk).split("#")[0] === kind);
}

/** What newer code would leave: the same item, with a number that this code does not know. */
export async function renumber(table: Table, kind: string, schema: number): Promise<void> {
  for (const { pk, sk } of await stored(table, kind))
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall({ pk, sk }),
        UpdateExpression: "SET #schema = :schema",
        ExpressionAttributeNames: { "#schema": "schema" },
        ExpressionAttributeValues: marshall({ ":schema": schema }),
      }),
    );
}
