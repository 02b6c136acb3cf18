import type { Decision, Reason, Truth } from "../lib/core/decision.ts";
import { print } from "./command.ts";

const MARKS: Readonly<Record<Truth, string>> = { true: "yes", false: "no ", unknown: "?  " };

/** Prints a decision for reading: what is given, what was taken away, and what every rule said. */
export function printDecision(
  { roles, denied, broker, reasons }: Decision,
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
  if (denied.length > 0) print("Taken away:");
  for (const { accountId, role, rules } of denied) print(`  ${accountId} ${role}  by ${rules.join(", ")}`);
  if (broker.length > 0) print("Administers the broker.");
  if (reasons.length > 0) print("Rules that were looked at:");
  for (const reason of reasons) printReason(reason);
}

function printReason({ rule, effect, truth, conditions }: Reason): void {
  print(`  ${rule}: ${outcomeOf(effect, truth)}`);
  for (const { condition, truth: judged } of conditions) print(`      ${MARKS[judged]} ${condition}`);
}

function outcomeOf(effect: Reason["effect"], truth: Truth): string {
  if (effect === "allow")
    return { true: "allows", false: "does not hold", unknown: "does not allow: not everything is known" }[
      truth
    ];
  return { true: "denies", false: "does not hold", unknown: "denies: it cannot be ruled out" }[truth];
}
