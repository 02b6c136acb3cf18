import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT } from "../../../infra/build.ts";

export interface Finding {
  readonly severity: "FATAL" | "ERROR" | "WARN" | "INFO" | "DEBUG";
  /** `F3002`, `W3005`, or the name of a rule of ours. */
  readonly ruleId: string;
  /** Logical name of what it is about. */
  readonly entity?: { readonly logicalId?: string };
  readonly message: string;
}

interface Validator {
  readonly CompositeEngine: new (options: { guardRules: unknown[] }) => Engine;
  readonly RuleFile: new (path: string) => unknown;
  readonly TemplateContent: new (text: string, name: string) => unknown;
}
interface Engine {
  validateTemplate(
    template: unknown,
    options: { severityLevel: string; disableBuiltinRules: boolean },
  ): { readonly diagnostics: readonly Finding[]; readonly metadata: { readonly resourcesScanned: number } };
  listRules(): readonly { readonly id?: string; readonly ruleId?: string }[];
  free(): void;
}

export const OUR_RULES = join(ROOT, "infra/rules.guard");

/**
 * AWS's own validator of templates, offline; the current one is only to be had inside aws-cdk-lib.
 *
 * @param rules Files of rules of ours, asked in the same call.
 */
export function openLinter(rules: readonly string[]) {
  const inside = createRequire(createRequire(import.meta.url).resolve("aws-cdk-lib/package.json"));
  const { CompositeEngine, RuleFile, TemplateContent } = inside("@aws/cloudformation-validate") as Validator;
  const engine = new CompositeEngine({ guardRules: rules.map((path) => new RuleFile(path)) });
  return {
    /**
     * Warnings and what is worse; the rest is taste.
     *
     * @param asked `ours` is quick.
     */
    lint: (
      text: string,
      asked: "all" | "ours" = "all",
    ): { findings: readonly Finding[]; resources: number } => {
      const { diagnostics, metadata } = engine.validateTemplate(new TemplateContent(text, "template"), {
        severityLevel: "WARN",
        disableBuiltinRules: asked === "ours",
      });
      return { findings: diagnostics, resources: metadata.resourcesScanned };
    },
    rules: engine.listRules().length,
    close: () => engine.free(),
  };
}
