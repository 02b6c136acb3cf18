import type { Connection } from "../../core/connection.ts";
import type { Identity } from "../../core/identity.ts";
import type { Described, Person } from "../../core/promise.ts";
import { type Epoch, parseInstant, toInstant } from "../../core/time.ts";
import { asNow, type Seen } from "../replay.ts";
import type { Choice } from "./choose.ts";
import type { Choices } from "./solve.ts";

/** Somebody as a decision sees them. */
export interface Asking {
  readonly identity: Identity;
  readonly at: { readonly now: Epoch; readonly sourceIp?: string };
}

/** The person a test speaks of. */
export function askingOf(who: Described, connection: Pick<Connection, "purpose">, now: Epoch): Asking {
  const at = (who.at === undefined ? undefined : parseInstant(who.at)) ?? now;
  const claims = Object.entries(who.claims).map(([name, one]) => [
    name,
    typeof one === "string" ? [one] : one,
  ]);
  return {
    identity: {
      connection: who.connection,
      kind: connection.purpose === "workload" ? "workload" : "person",
      subject: who.subject,
      name: who.subject,
      claims: Object.fromEntries(claims),
      unknown: who.unknown,
      amr: who.amr,
      mfa: who.mfa,
      notes: [],
      ...(who.acr === undefined ? {} : { acr: who.acr }),
      ...(who.authAgeSeconds === undefined ? {} : { authenticatedAt: at - who.authAgeSeconds }),
    },
    at: { now: at, ...(who.sourceIp === undefined ? {} : { sourceIp: who.sourceIp }) },
  };
}

/** Somebody who came, as if they signed in again the way they did last, at the moment the test names. */
export function askingAgain({ at: text }: Person, { identity, seenAt }: Seen, now: Epoch): Asking {
  const at = (text === undefined ? undefined : parseInstant(text)) ?? now;
  const { sourceIp } = identity;
  return {
    identity: asNow(identity, seenAt, at),
    at: { now: at, ...(sourceIp === undefined ? {} : { sourceIp }) },
  };
}

const OF_CONNECTORS = ["subject", "acr", "amr"];

/** Somebody made up of what was chosen, as a test says it; what nobody asked about is left out. */
export function whoFrom(choices: Choices, connection: string, now: Epoch): Described {
  const who: Described = {
    connection,
    subject: "somebody",
    claims: {},
    unknown: [],
    amr: [],
    mfa: "unknown",
  };
  for (const [thing, choice] of choices) {
    if ("values" in choice)
      putValues(who, thing.slice("claim ".length), choice.values, choice.unknown === true);
    else putOther(who, choice, now);
  }
  // Fields that say nothing would be refused where a test is written.
  return JSON.parse(JSON.stringify(who));
}

function putOther(who: Described, choice: Exclude<Choice, { values: unknown }>, now: Epoch): void {
  if ("mfa" in choice) who.mfa = choice.mfa;
  else if ("age" in choice) who.authAgeSeconds = choice.age;
  else if ("sourceIp" in choice) who.sourceIp = choice.sourceIp;
  else if (choice.now !== now) who.at = toInstant(choice.now);
}

function putValues(who: Described, claim: string, values: readonly string[], unknown: boolean): void {
  if (unknown) who.unknown.push(claim);
  if (OF_CONNECTORS.includes(claim)) putOfConnectors(who, claim, values);
  else if (values.length > 0) who.claims[claim] = [...values];
}

function putOfConnectors(who: Described, claim: string, values: readonly string[]): void {
  if (claim === "amr") who.amr = [...values];
  else if (claim === "acr") who.acr = values[0];
  else who.subject = values[0] ?? who.subject;
}
