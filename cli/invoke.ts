/**
 * Invokes a function of the deployment directly, with the operator's own AWS credentials (decision 6).
 *
 * @param name Name or ARN of the function.
 * @throws {Error} saying what AWS or the function answered.
 */
export async function invokeFunction(name: string, payload: unknown): Promise<unknown> {
  const { invokeLambda } = await import("../lib/aws/lambda.ts");
  return invokeLambda(name, payload);
}
