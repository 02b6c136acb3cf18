import { invokeLambda } from "../lib/aws/lambda.ts";

/**
 * Invokes a function of the deployment directly, with the operator's own AWS credentials (decision 6).
 *
 * @param name Name or ARN of the function.
 * @throws {Error} saying what AWS or the function answered.
 */
export const invokeFunction = (name: string, payload: unknown): Promise<unknown> =>
  invokeLambda(name, payload);
