import type { Problem } from "../core/problem.ts";
import { type LintContext, reporterOf } from "./lint-context.ts";

/** Connections by which a second person comes: ones that are there, and let people in. */
export function lintTwoPeople(context: LintContext): Problem[] {
  const { settings, connections } = context.configuration;
  const report = reporterOf(settings, context);
  return (settings.twoPerson?.approvers ?? []).flatMap((id, index) => {
    const connection = connections.find((one) => one.id === id);
    if (connection?.purpose === "people" && connection.enabled) return [];
    const message = `Nobody who could agree comes by \`${id}\`.`;
    const fix = "Name a connection of people that is there and enabled.";
    return [report(["twoPerson", "approvers", index], message, fix)];
  });
}
