import type { Decision, Reason, Truth } from "../lib/core/decision.ts";
import { print } from "./command.ts";

const MARKS: Readonly<Record<Truth, string>> = { true: "yes", false: "no ", unknown: "?  " };

/** A broker of another age says nothing of what could be asked for. */
type Printed = Omit<Decision, "eligible"> & Partial<Pick<Decision, "eligible">>;

/** Prints a decision for reading: what is given, what was taken away, and what every rule said. */
export function printDecision(
  { roles, denied, eligible = [], broker, shadow, reasons }: Printed,
  asked: { readonly account?: string; readonly role?: string },
): void {
  if (asked.account !== undefined) {
    const given = roles.some(({ accountId, role }) => accountId === asked.account && role === asked.role);
    print(`${asked.role} in ${asked.account}: ${given ? "given" : "not given"}`);
    print();
  }
  print(roles.length === 0 ? "No role is given." : "Roles:");
  for (const { accountId, role, rules, sessionSeconds, tags } of roles) {
    const labels = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
    const tagged = labels.length === 0 ? "" : `, tags ${labels.join(" ")}`;
    print(`  ${accountId} ${role}  by ${rules.join(", ")}  (${sessionSeconds} s${tagged})`);
  }
  printPlaces("Taken away:", denied);
  printPlaces("Could ask for:", eligible);
  printShadow(shadow);
  if (broker.includes("admin")) print("Administers the broker.");
  else if (broker.length > 0) print(`Rights on the broker: ${broker.join(", ")}.`);
  if (reasons.length > 0) print("Rules that were looked at:");
  for (const reason of reasons) printReason(reason);
}

function printShadow(shadow: Decision["shadow"]): void {
  if (shadow === undefined) return;
  printPlaces("Would be given, by rules in shadow:", shadow.gives);
  printPlaces("Would be taken away, by rules in shadow:", shadow.takes);
}

function printPlaces(title: string, places: Decision["eligible"]): void {
  if (places.length > 0) print(title);
  for (const { accountId, role, rules } of places) print(`  ${accountId} ${role}  by ${rules.join(", ")}`);
}

function printReason({ rule, effect, truth, conditions, shadow }: Reason): void {
  print(`  ${rule}: ${shadow ? "in shadow, does nothing; by itself: " : ""}${outcomeOf(effect, truth)}`);
  for (const { condition, truth: judged } of conditions) print(`      ${MARKS[judged]} ${condition}`);
}

function outcomeOf(effect: Reason["effect"], truth: Truth): string {
  if (effect === "allow")
    return { true: "allows", false: "does not hold", unknown: "does not allow: not everything is known" }[
      truth
    ];
  if (effect === "eligible")
    return {
      true: "lets them ask",
      false: "does not hold",
      unknown: "does not let them ask: not everything is known",
    }[truth];
  return { true: "denies", false: "does not hold", unknown: "denies: it cannot be ruled out" }[truth];
}
