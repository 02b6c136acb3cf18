import { type Deployment, makeRoute, sortRoutes } from "../../infra/local/routes.ts";
import { resolve } from "../infra/template/cloudformation.ts";

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}
export type Resources = Readonly<Record<string, Resource>>;

/** One function as the template describes it to Lambda. */
export interface Shipped {
  /** As in serverless.yml. */
  readonly name: string;
  readonly functionName: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly variables: Readonly<Record<string, unknown>>;
}

const ofType = (resources: Resources, type: string): Resource["Properties"][] =>
  Object.values(resources).flatMap((one) => (one.Type === type ? [one.Properties] : []));

/** The functions of a packaged template. */
export const functionsOf = (resources: Resources): readonly Shipped[] =>
  ofType(resources, "AWS::Lambda::Function").map((properties) => ({
    name: String(properties.Handler).replace(/^dist\/(\w+)\.handler$/, "$1"),
    functionName: String(properties.FunctionName),
    handler: String(properties.Handler),
    timeoutSeconds: Number(properties.Timeout),
    memoryMegabytes: Number(properties.MemorySize),
    variables: (properties.Environment as { Variables: Record<string, unknown> }).Variables,
  }));

/**
 * Routes and schedules of a packaged template: what CloudFormation will make of serverless.yml, rather than
 * serverless.yml itself.
 */
export function deploymentOf(resources: Resources): Deployment {
  const functions = functionsOf(resources);
  const named = (reference: unknown): string => {
    const [, logical = ""] = /"Fn::GetAtt":\["(\w+)","Arn"\]/.exec(JSON.stringify(reference)) ?? [];
    const name = functions.find(
      (one) => logical === `${one.name[0]?.toUpperCase()}${one.name.slice(1)}LambdaFunction`,
    );
    if (name === undefined) throw new Error(`no function is meant by ${JSON.stringify(reference)}`);
    return name.name;
  };
  const integrations = new Map(
    Object.entries(resources)
      .filter(([, { Type }]) => Type === "AWS::ApiGatewayV2::Integration")
      .map(([logical, { Properties }]) => [logical, named(Properties.IntegrationUri)]),
  );
  const routes = ofType(resources, "AWS::ApiGatewayV2::Route").map(({ RouteKey, Target }) => {
    const integration = [...integrations.keys()].find((name) => JSON.stringify(Target).includes(`"${name}"`));
    const [method = "", path = "*"] = String(RouteKey).split(" ");
    return makeRoute(integrations.get(integration ?? "") ?? "", method, path);
  });
  const schedules = ofType(resources, "AWS::Events::Rule").flatMap(({ ScheduleExpression, Targets }) => {
    const minutes = /^rate\((\d+) minutes?\)$/.exec(String(ScheduleExpression))?.[1];
    return (Targets as { Arn: unknown }[]).map(({ Arn }) => ({
      functionName: named(Arn),
      rateSeconds: Number(minutes) * 60,
      input: {},
    }));
  });
  return {
    functions: new Map(functions.map(({ name, timeoutSeconds }) => [name, { timeoutSeconds }])),
    routes: sortRoutes(routes),
    schedules,
  };
}

/**
 * A function's environment with references resolved.
 *
 * @param values Of parameters, and of what resources are called once they exist.
 * @throws {Error} of a reference nobody gave a value for.
 */
export const variablesOf = (
  template: Readonly<Record<string, unknown>>,
  { variables }: Shipped,
  values: Readonly<Record<string, string>>,
): Record<string, string> => resolve(template, variables, { refs: values }) as Record<string, string>;
